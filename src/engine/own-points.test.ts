import { expect, it } from 'vitest';
import { declarationProblem } from '../sdk/measurement.ts';
import type { RunReport } from '../sdk/report.ts';
import { ownEntries, ownMeasurements } from './own-points.ts';

const counts = { offered: 9, accepted: 3, rejected: 1, pending: 2, lost: 3, skipped: 0, replayed: 0, replayRejected: 0, backlog: 2 };
const report: RunReport = {
  schemaVersion: 1,
  runId: 'r1',
  status: 'failed',
  exitCode: 1,
  dryRun: false,
  at: '2026-11-21T20:00:00.000Z',
  window: null,
  startedAt: '2026-11-21T20:07:00.250Z',
  finishedAt: '2026-11-21T20:07:02.500Z',
  providers: [
    {
      name: 'github',
      type: 'github',
      required: true,
      status: 'partial',
      at: '2026-11-21T20:00:00.000Z',
      targets: 2,
      points: 9,
      held: 0,
      requests: 4,
      retries: 1,
      ms: 2000,
      lateMs: 420_250,
      quota: null,
      problemCount: 3,
      problems: [],
    },
  ],
  sinks: [{ name: 'local', type: 'sqlite', required: true, status: 'failed', ...counts, ms: 10, problemCount: 1, problems: [] }],
  problems: [],
};

it('tell of the run and of each provider, at its start, with the tags of the config', () => {
  const [run, provider, ...rest] = ownEntries(report, { team: 'growth' }, new Date('2026-11-21T20:07:02.600Z'));
  expect(rest).toEqual([]);
  expect(run).toEqual({
    runId: 'r1',
    collectedAt: new Date('2026-11-21T20:07:02.600Z'),
    provisional: false,
    point: {
      measurement: 'kpi_run',
      tags: { shard: '1/1', team: 'growth' },
      fields: {
        status: 'failed',
        exit_code: 1,
        scheduled_at: '2026-11-21T20:00:00.000Z',
        finished_at: '2026-11-21T20:07:02.500Z',
        duration_ms: 2250,
        late_ms: 420_250,
        points: 9,
        problems: 4,
        rejected: 1,
        pending: 2,
        lost: 3,
      },
      time: new Date('2026-11-21T20:07:00.250Z'),
    },
  });
  expect(provider?.point).toMatchObject({
    measurement: 'kpi_provider_run',
    tags: { provider: 'github', shard: '1/1', team: 'growth' },
    fields: {
      status: 'partial',
      asked: 'all',
      scheduled_at: '2026-11-21T20:00:00.000Z',
      late_ms: 420_250,
      duration_ms: 2000,
      points: 9,
      problems: 3,
      requests: 4,
      retries: 1,
    },
  });
});

it('are declared as every store can hold them', () => {
  expect(ownMeasurements.map(declarationProblem)).toEqual([undefined, undefined]);
});

it('says so where it asked for a part', () => {
  const [, provider] = ownEntries({ ...report, asked: 'failed' }, {}, new Date());
  expect(provider?.point.fields.asked).toBe('failed');
});
