import { expect, it } from 'vitest';
import { sinkReport } from '../testing/report.ts';
import { idleReport } from './idle.ts';

it('is the report of no run', () => {
  const at = new Date('2026-11-21T20:07:00.000Z');
  expect(idleReport({ runId: 'r1', at, dryRun: false }, 'nothing is due')).toMatchObject({
    status: 'skipped',
    exitCode: 0,
    at: '2026-11-21T20:07:00.000Z',
    providers: [],
    sinks: [],
    problems: [{ severity: 'notice', message: 'nothing is due' }],
  });
  const sent = { exitCode: 75, status: 'pending', sinks: [sinkReport('local', { backlog: 1 })] } as const;
  expect(idleReport({ runId: 'r1', at, dryRun: false }, 'nothing is due', sent)).toMatchObject(sent);
});
