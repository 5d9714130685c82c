import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problem, providerReport, runReport } from '../testing/report.ts';
import { createActions, nested } from './actions.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-actions-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function acting(more: Readonly<Record<string, string>> = {}, command = true) {
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(dir, 'summary'), GITHUB_OUTPUT: join(dir, 'output'), ...more };
  const lines: string[] = [];
  const warnings: string[] = [];
  const write = command ? (line: string) => lines.push(line) : undefined;
  return { actions: createActions({ env, cwd: dir, command: write, warn: (text) => warnings.push(text) }), lines, warnings };
}

const read = (name: string) => readFileSync(join(dir, name), 'utf8');

/** As the runner reads them. */
function outputsIn(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries([...text.matchAll(/^([\w-]+)<<(.*)\n([\s\S]*?)\n\2\n/gm)].map(([, name = '', , value = '']) => [name, value]));
}

const bad = runReport({
  status: 'partial',
  exitCode: 3,
  providers: [providerReport('github', { status: 'partial', problems: [problem('gone', { item: 'x/y' })] })],
});
const broken = { schemaVersion: 1, exitCode: 78, error: { kind: 'config', message: 'no config', problems: [] } } as const;

describe('a run that ended', () => {
  it('writes the summary and the three outputs, and annotates', () => {
    const { actions, lines } = acting();
    actions.finished(bad, 'out/report.json');
    expect(read('summary')).toContain('## kpi: partial');
    expect(outputsIn(read('output'))).toEqual({ status: 'partial', 'run-id': bad.runId, report: join(dir, 'out/report.json') });
    expect(lines).toEqual([expect.stringMatching(/^::error title=kpi github.*::x\/y: gone/)]);
  });

  it('says nothing of a report that was not asked for', () => {
    acting().actions.finished(bad, undefined);
    expect(outputsIn(read('output')).report).toBe('');
  });

  it('keeps what others wrote, and the file under 1 MiB', () => {
    writeFileSync(join(dir, 'summary'), 'x'.repeat(1024 * 1024 - 3000));
    const problems = Array.from({ length: 300 }, (_, index) => problem(`${index} ${'|'.repeat(1900)}`));
    acting().actions.finished(runReport({ providers: [providerReport('a', { status: 'failed', problems })] }), undefined);
    expect(read('summary')).toMatch(/^x{5000}/);
    expect(read('summary')).toContain('This page was cut');
    expect(Buffer.byteLength(read('summary'))).toBeLessThanOrEqual(1024 * 1024);
    acting().actions.finished(bad, undefined);
    expect(Buffer.byteLength(read('summary'))).toBeLessThanOrEqual(1024 * 1024);
  });

  it('begins a line of its own', () => {
    for (const name of ['summary', 'output']) writeFileSync(join(dir, name), 'mine=1');
    acting().actions.finished(bad, undefined);
    expect(read('summary')).toMatch(/^mine=1\n## kpi/);
    expect(read('output')).toMatch(/^mine=1\nstatus<</);
    acting().actions.finished(bad, undefined);
    expect(read('output')).not.toContain('\n\nstatus<<');
  });

  it('lets no value end its own output', () => {
    acting().actions.finished({ ...bad, runId: 'a\nend\nstatus=ok' }, undefined);
    expect(outputsIn(read('output'))).toMatchObject({ status: 'partial', 'run-id': 'a\nend\nstatus=ok' });
  });

  it('warns where a file cannot be written', () => {
    const { actions, warnings } = acting({ GITHUB_OUTPUT: join(dir, 'no/where') });
    actions.finished(bad, undefined);
    expect(warnings).toEqual([expect.stringMatching(/^kpi: GITHUB_OUTPUT cannot be written: ENOENT/)]);
    expect(read('summary')).toContain('## kpi');
  });

  it('inside another run writes nothing', () => {
    const { actions, lines } = acting({ [nested]: '1' });
    actions.finished(bad, undefined);
    actions.failed(broken);
    actions.mask('a secret of its own');
    expect(lines).toEqual([]);
    expect(() => read('summary')).toThrow('ENOENT');
    expect(() => read('output')).toThrow('ENOENT');
  });

  it('elsewhere writes no commands', () => {
    const { actions, lines } = acting({ GITHUB_ACTIONS: '' });
    actions.finished(bad, undefined);
    actions.mask('a secret');
    expect(lines).toEqual([]);
  });
});

describe('a run that did not start', () => {
  it('has its summary, outputs and annotation as well', () => {
    const { actions, lines } = acting();
    actions.failed(broken);
    expect(read('summary')).toBe('## kpi: failed\n\nExit 78: no config\n\n\n');
    expect(outputsIn(read('output'))).toEqual({ status: 'failed', 'run-id': '', report: '' });
    expect(lines).toEqual(['::error title=kpi::no config']);
  });
});

describe('masks', () => {
  it('are asked for once, for what GitHub cannot know', () => {
    const { actions, lines } = acting({ TOKEN: 'from-the-environment' });
    for (const secret of ['from-the-environment', 'from-a-file', 'from-a-file', 'short']) actions.mask(secret);
    expect(lines).toEqual(['::add-mask::from-a-file']);
  });

  it('are not written into a file', () => {
    const { actions, lines } = acting({}, false);
    actions.mask('from-a-file');
    expect(lines).toEqual([]);
  });
});
