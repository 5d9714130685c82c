import { expect, it } from 'vitest';
import { problem, runReport } from '../testing/report.ts';
import { idleText, withLastRun } from './idle.ts';

it.each([
  [['--retry-failed'], ['--retry-failed', 'last']],
  [
    ['--retry-failed', '--json'],
    ['--retry-failed', 'last', '--json'],
  ],
  [
    ['--retry-failed', 'r1', '--json'],
    ['--retry-failed', 'r1', '--json'],
  ],
  [['--retry-failed=r1'], ['--retry-failed=r1']],
  [
    ['--json', '--', '--retry-failed'],
    ['--json', '--', '--retry-failed'],
  ],
  [[], []],
])('%j is %j', (argv, read) => {
  expect(withLastRun(argv)).toEqual(read);
});

it('is a line where there was nothing to do, and nothing else', () => {
  const nothing = { status: 'skipped', providers: [], sinks: [], problems: [problem('nothing is due', { severity: 'notice' })] } as const;
  expect(idleText(runReport(nothing))).toBe('nothing is due\n');
  expect(idleText(runReport())).toBeUndefined();
  expect(idleText(runReport({ ...nothing, exitCode: 75 }))).toBeUndefined();
});
