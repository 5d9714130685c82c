import { expect, it } from 'vitest';
import { runReport } from '../../testing/report.ts';
import { type FixFlags, fixGaps } from './fix.ts';
import type { GapsReport } from './gaps.ts';

const fixes = [
  { providers: ['a'], from: '2026-11-01', to: '2026-11-06', command: 'one' },
  { providers: ['b'], at: '2026-11-21T16:00Z', command: 'two' },
];
const report = (more: Partial<GapsReport>) => ({ gaps: [], more: 0, fixes: [], exitCode: 0, ...more }) as unknown as GapsReport;

function fix(looks: readonly GapsReport[], codes: readonly number[] = [], status: 'ok' | 'interrupted' = 'ok') {
  const asked: FixFlags[] = [];
  const left = [...looks];
  const fixed = fixGaps(
    async () => left.shift() as GapsReport,
    async (flags) => {
      asked.push(flags);
      return runReport({ exitCode: codes[asked.length - 1] ?? 0, status });
    },
  );
  return fixed.then((one) => ({ ...one, asked }));
}

it('runs what the commands say, and looks again', async () => {
  const [before, after] = [report({ fixes, exitCode: 3 }), report({})];
  const fixed = await fix([before, after]);
  expect(fixed).toMatchObject({ exitCode: 0, before, after, runs: [{ command: 'one' }, { command: 'two' }] });
  expect(fixed.asked).toEqual([
    { providers: ['a'], from: '2026-11-01', to: '2026-11-06' },
    { providers: ['b'], at: '2026-11-21T16:00Z' },
  ]);
});

it('exits as the worst of its runs, or with what is left', async () => {
  expect((await fix([report({ fixes }), report({ exitCode: 3 })], [0, 75])).exitCode).toBe(75);
  expect((await fix([report({ fixes }), report({ exitCode: 3 })], [1, 75])).exitCode).toBe(1);
  expect((await fix([report({ fixes }), report({ exitCode: 3 })])).exitCode).toBe(3);
});

it('does nothing where nothing can be brought, and no more once it is stopped', async () => {
  expect(await fix([report({ exitCode: 3 })])).toMatchObject({ exitCode: 3, runs: [], asked: [] });
  expect(await fix([report({ fixes }), report({ exitCode: 3 })], [130], 'interrupted')).toMatchObject({
    exitCode: 130,
    asked: [{ providers: ['a'] }],
  });
});
