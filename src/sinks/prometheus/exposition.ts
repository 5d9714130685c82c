import type { Entry, Fields, SinkContext } from '../../sdk/index.ts';
import { compare, type MetricType, planOf } from './naming.ts';
import { type Label, labelName } from './series.ts';

/** What one of the run's own points says, as metrics. */
export interface HealthGroup {
  readonly labels: readonly Label[];
  readonly metrics: readonly HealthMetric[];
  /** Then the metrics have the time of it, which stays until the next. */
  readonly isSuccess: boolean;
}

interface HealthMetric {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly value: number;
}

const lastSuccessHelp = 'When it last succeeded in full.';

/** `kpi_run` and each `kpi_provider_run` by the names that they have in Prometheus, and the time of the last success. */
export function healthOf(own: readonly Entry[], context: SinkContext): readonly HealthGroup[] {
  return own.map(({ point }) => {
    const plan = planOf(context.measurement(point.measurement));
    const metrics = plan.columns.flatMap(({ field, metric, metadata, numberOf }): HealthMetric[] => {
      const value = point.fields[field];
      return value === undefined ? [] : [{ name: metric, type: metadata.type, help: metadata.help, value: numberOf(value) }];
    });
    const lastSuccess = `${point.measurement}_last_success_timestamp_seconds`;
    const isSuccess = succeeded(point.fields);
    const finished = finishedAt(point.fields, point.time);
    return {
      labels: Object.entries(point.tags)
        .map(([tag, value]): Label => [labelName(tag), value])
        .sort(([one], [other]) => compare(one, other)),
      metrics: [...metrics, ...(isSuccess ? [{ name: lastSuccess, type: 'gauge' as const, help: lastSuccessHelp, value: finished }] : [])],
      isSuccess,
    };
  });
}

/** A run by its exit code, which looks at what is required; a provider by its status. */
function succeeded({ exit_code: exitCode, status }: Fields): boolean {
  return exitCode === undefined ? status === 'ok' : exitCode === 0;
}

function finishedAt({ finished_at: finished, duration_ms: duration }: Fields, started: Date): number {
  if (typeof finished === 'string') return Date.parse(finished) / 1000;
  return (started.getTime() + (typeof duration === 'number' ? duration : 0)) / 1000;
}

export interface ExpositionOptions {
  readonly labelled: boolean;
  /** Lines of an earlier text: each stays where none of its series comes anew. */
  readonly kept?: readonly string[];
}

/** The text format, one block a metric. https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
export function exposition(groups: readonly HealthGroup[], { labelled, kept = [] }: ExpositionOptions): string {
  const blocks = new Map<string, Map<string, string>>();
  const block = (name: string, help: string, type: MetricType) => {
    const found = blocks.get(name) ?? new Map([['', `# HELP ${name} ${help.replace(/[\\\n]/g, escaped)}\n# TYPE ${name} ${type}`]]);
    blocks.set(name, found);
    return found;
  };
  for (const { labels, metrics } of groups) {
    for (const { name, type, help, value } of metrics) {
      const series = `${name}${labelled ? labelsText(labels) : ''}`;
      block(name, help, type).set(series, `${series} ${value}`);
    }
  }
  for (const line of kept) {
    const series = line.slice(0, line.lastIndexOf(' '));
    const lines = block(series.replace(/\{.*$/s, ''), lastSuccessHelp, 'gauge');
    if (!lines.has(series)) lines.set(series, line);
  }
  return [...blocks.values()].map((lines) => `${[...lines.values()].join('\n')}\n`).join('');
}

function labelsText(labels: readonly Label[]): string {
  return labels.length === 0 ? '' : `{${labels.map(([name, value]) => `${name}="${value.replace(/[\\\n"]/g, escaped)}"`).join(',')}}`;
}

function escaped(one: string): string {
  return one === '\n' ? '\\n' : `\\${one}`;
}
