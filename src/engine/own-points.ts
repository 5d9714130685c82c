import { gauge, type Measurement, measurement, moment, text } from '../sdk/measurement.ts';
import type { Entry, Tags } from '../sdk/point.ts';
import type { RunReport } from '../sdk/report.ts';

const run = measurement('kpi_run', {
  help: 'One run of kpi, at its start.',
  time: 'event',
  tags: { shard: 'which part of the work: 1/1 is all of it' },
  fields: {
    status: text('ok, partial, pending, failed, interrupted or skipped'),
    exit_code: gauge(undefined, 'What the program exits with, as far as it is known before this point is delivered itself.'),
    scheduled_at: moment('The time that the run stands for.'),
    finished_at: moment('When it ended.'),
    duration_ms: gauge('ms', 'How long it took.'),
    late_ms: gauge('ms', 'How long after the time that it stands for it started: the most of its providers.'),
    points: gauge('{point}', 'Points that its providers gave.'),
    problems: gauge('{problem}', 'Problems and notices of providers, sinks and the run itself.'),
    rejected: gauge('{point}', 'Points that a sink refused for good.'),
    pending: gauge('{point}', 'Points that wait in an outbox.'),
    lost: gauge('{point}', 'Points that neither a sink nor the disk took.'),
  },
});

const providerRun = measurement('kpi_provider_run', {
  help: 'One provider in one run of kpi, at the run’s start.',
  time: 'event',
  tags: { provider: 'instance name', shard: 'which part of the work: 1/1 is all of it' },
  fields: {
    status: text('ok, partial, failed, blocked or skipped'),
    asked: text('all, or what part of it: measurements, failed or range'),
    scheduled_at: moment('The time that it stands for.'),
    late_ms: gauge('ms', 'How long after that time the run started.'),
    duration_ms: gauge('ms', 'How long it took.'),
    points: gauge('{point}', 'Points that it gave, after merging.'),
    problems: gauge('{problem}', 'Its problems and notices.'),
    requests: gauge('{request}', 'Requests that were sent, retries among them.'),
    retries: gauge('{request}', 'Those of them that were sent again.'),
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
          asked: report.asked ?? 'all',
          scheduled_at: provider.at,
          late_ms: provider.lateMs,
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
