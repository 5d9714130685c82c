import { gauge, type Measurement, measurement, moment, text } from '../sdk/measurement.ts';
import type { Entry, Tags } from '../sdk/point.ts';
import type { RunReport } from '../sdk/report.ts';

const run = measurement('kpi_run', {
  help: 'One run of kpi, at its start.',
  time: 'event',
  tags: { shard: 'which part of the work: 1/1 is all of it' },
  fields: {
    status: text('ok, partial, pending, failed, interrupted or skipped'),
    exit_code: gauge(),
    scheduled_at: moment('The time that the run stands for.'),
    finished_at: moment(),
    duration_ms: gauge('ms'),
    late_ms: gauge('ms'),
    points: gauge('{point}'),
    problems: gauge('{problem}'),
    rejected: gauge('{point}'),
    pending: gauge('{point}'),
    lost: gauge('{point}'),
  },
});

const providerRun = measurement('kpi_provider_run', {
  help: 'One provider in one run of kpi, at the run’s start.',
  time: 'event',
  tags: { provider: 'instance name', shard: 'which part of the work: 1/1 is all of it' },
  fields: {
    status: text('ok, partial, failed, blocked or skipped'),
    duration_ms: gauge('ms'),
    points: gauge('{point}'),
    problems: gauge('{problem}'),
    requests: gauge('{request}'),
    retries: gauge('{request}'),
  },
});

export const ownMeasurements: readonly Measurement[] = [run, providerRun];

const shard = '1/1';

/** The run as points. `kpi_run` tells of what is known before they are delivered themselves. */
export function ownEntries(report: RunReport, tags: Tags, collectedAt: Date): readonly Entry[] {
  const time = new Date(report.startedAt);
  const sum = (field: 'rejected' | 'pending' | 'lost') => report.sinks.reduce((total, sink) => total + sink[field], 0);
  const points = [
    run.of({
      tags: { shard },
      fields: {
        status: report.status,
        exit_code: report.exitCode,
        scheduled_at: report.at,
        finished_at: report.finishedAt,
        duration_ms: Date.parse(report.finishedAt) - Date.parse(report.startedAt),
        late_ms: Math.max(0, ...report.providers.map((provider) => provider.lateMs)),
        points: report.providers.reduce((total, provider) => total + provider.points, 0),
        problems: [...report.providers, ...report.sinks].reduce((total, one) => total + one.problemCount, report.problems.length),
        rejected: sum('rejected'),
        pending: sum('pending'),
        lost: sum('lost'),
      },
      time,
    }),
    ...report.providers.map((provider) =>
      providerRun.of({
        tags: { provider: provider.name, shard },
        fields: {
          status: provider.status,
          duration_ms: provider.ms,
          points: provider.points,
          problems: provider.problemCount,
          requests: provider.requests,
          retries: provider.retries,
        },
        time,
      }),
    ),
  ];
  return points.map((point) => ({
    point: { ...point, tags: { ...point.tags, ...tags } },
    runId: report.runId,
    collectedAt,
    provisional: false,
  }));
}
