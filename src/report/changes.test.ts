import { describe, expect, it } from 'vitest';
import type { ChangedValue, MeasurementChanges } from '../sdk/report.ts';
import { runReport } from '../testing/report.ts';
import { changedValue, changesText } from './changes.ts';
import { createPaint } from './paint.ts';
import { reportTable } from './table.ts';
import { width } from './text.ts';

const time = '2026-11-21T20:00:00.000Z';

function value(more: Partial<ChangedValue> = {}): ChangedValue {
  return { tags: { repo: 'octokit/octokit.rb' }, time, field: 'stars', old: 3378, new: 3380, ...more };
}

function measured(measurement: string, more: Partial<MeasurementChanges> = {}): MeasurementChanges {
  return { measurement, added: 0, changed: 0, left: 0, values: 0, samples: [], ...more };
}

describe('what a run would write to the store', () => {
  it('stands behind the tables of a report', () => {
    const samples = [value(), value({ field: 'archived_at', old: null, new: '2026-11-21T07:00:00.000Z' })];
    const changes = [
      measured('github_repository', { added: 12, changed: 3, left: 3500, values: 43, samples }),
      measured('nuget_package', { left: 2 }),
    ];
    const table = reportTable(runReport({ dryRun: true, sinks: [], changes }));
    expect(table.slice(table.indexOf('In the store'))).toMatchInlineSnapshot(`
      "In the store: + added, ~ changed, = left
        github_repository  +12 ~3 =3,500
          repo=octokit/octokit.rb 2026-11-21 20:00:00Z stars: 3378 → 3380
          repo=octokit/octokit.rb 2026-11-21 20:00:00Z archived_at: none →
            "2026-11-21T07:00:00.000Z"
          … and 41 more
        nuget_package      +0 ~0 =2
      "
    `);
    expect(reportTable(runReport({ dryRun: true }))).not.toContain('In the store');
  });

  it('shows ten values of each measurement, and how many more there are', () => {
    const samples = Array.from({ length: 20 }, (_, index) => value({ old: index }));
    const text = changesText([measured('m', { changed: 30, values: 51, samples })], 80);
    expect(text.match(/ → /g)).toHaveLength(10);
    expect(text).toMatch(/… and 41 more\n$/);
    expect(changesText([measured('m', { changed: 2, values: 2, samples: samples.slice(0, 2) })], 80)).not.toContain('more');
  });

  it('fits a narrow terminal, and is coloured where something changes', () => {
    const samples = [value({ old: 'a text of several words, which is long', new: 'another one, which is not much shorter' })];
    const text = changesText([measured('github_repository', { changed: 1, values: 1, samples })], 40);
    for (const line of text.split('\n')) expect(width(line)).toBeLessThanOrEqual(40);
    expect(changesText([measured('m', { added: 1 })], 80, createPaint(true))).toContain('\u001b[32m+1\u001b[39m ~0 =0');
  });

  it('is nothing where nothing came', () => {
    expect(changesText([], 80)).toBe('In the store: nothing was compared\n');
  });
});

describe('a changed value', () => {
  it.each([
    [value({ tags: {} }), '2026-11-21 20:00:00Z stars: 3378 → 3380'],
    [value({ old: true, new: null }), 'repo=octokit/octokit.rb 2026-11-21 20:00:00Z stars: true → none'],
    [value({ old: 0.1, new: -1e-7 }), 'repo=octokit/octokit.rb 2026-11-21 20:00:00Z stars: 0.1 → -1e-7'],
    [
      value({ tags: { a: 'x\u001b[1m' }, old: 'none', new: 'two\nlines' }),
      'a=x\\x1b[1m 2026-11-21 20:00:00Z stars: "none" → "two\\nlines"',
    ],
  ])('%#', (one, text) => {
    expect(changedValue(one)).toBe(text);
  });
});
