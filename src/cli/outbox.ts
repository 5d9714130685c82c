import { boolean, string } from '@oclif/core/flags';
import type { App, ConfigFlags, Dropped, OutboxSummary, SinkReport } from '../app.ts';
import { didYouMean } from '../engine/nearest.ts';
import { UsageError } from '../engine/usage-error.ts';
import { grid } from '../report/grid.ts';
import { statusStyle } from '../report/table.ts';
import { bytes, count, moment, plain, plural } from '../report/text.ts';
import { given } from './flags.ts';
import type { Stream } from './host.ts';

type Look = Pick<Stream, 'columns' | 'paint'>;

export const sinkFlag = string({ summary: 'Only this sink, by its name in the config.', helpValue: 'NAME', parse: given('--sink') });
export const runFlag = string({ summary: 'Only what this run left behind.', helpValue: 'ID', parse: given('--run') });

export function rejectedFlag(summary: string) {
  return boolean({ summary });
}

/** Throws `UsageError` for a sink of which neither the outbox nor the config knows. */
export async function checkSink(app: App, config: ConfigFlags, sink: string | undefined): Promise<void> {
  if (sink === undefined) return;
  const left = (await app.outboxList(config)).map((one) => one.sink);
  if (left.includes(sink)) return;
  const shown = (await app.configShow(config)) as { readonly config?: { readonly sinks?: object } };
  const known = [...new Set([...Object.keys(shown.config?.sinks ?? {}), ...left])];
  if (!known.includes(sink))
    throw new UsageError(`--sink: neither the config nor the outbox has a sink "${sink}"${didYouMean(sink, known)}`);
}

export function outboxText(summaries: readonly OutboxSummary[], { columns, paint }: Look, sink?: string): string {
  const full = summaries.filter((one) => one.pending > 0 || one.rejected > 0);
  if (full.length === 0) return sink === undefined ? 'The outbox is empty.\n' : `The outbox has nothing for ${plain(sink)}.\n`;
  const rows = full.map((one) => [
    { text: plain(one.sink), style: 'bold' as const },
    { text: count(one.pending), style: one.pending > 0 ? ('yellow' as const) : undefined },
    { text: count(one.rejected), style: one.rejected > 0 ? ('yellow' as const) : undefined },
    { text: bytes(one.bytes) },
    { text: one.since === undefined ? '' : moment(one.since) },
  ]);
  const right = 'right' as const;
  const headings = [
    { text: 'SINK' },
    { text: 'PENDING', align: right },
    { text: 'REJECTED', align: right },
    { text: 'SIZE', align: right },
    { text: 'SINCE' },
  ];
  const line = (sink: string, words: string) => [{ text: `${plain(sink)}:` }, { text: words }];
  const causes = full.flatMap((one) => (one.cause === undefined ? [] : [line(one.sink, plain(one.cause))]));
  const reasons = full.flatMap((one) =>
    one.reasons.map(({ reason, entries }) => line(one.sink, `${plain(reason)} (${plural(entries, 'point')})`)),
  );
  const part = (title: string, lines: readonly ReturnType<typeof line>[]) =>
    lines.length === 0 ? '' : `\n${title} because\n${grid([{ text: '' }, { text: '' }], lines, { columns, paint, indent: 2 })}`;
  return grid(headings, rows, { columns, paint }) + part('Pending', causes) + part('Rejected', reasons);
}

export function sentText(sinks: readonly SinkReport[], { columns, paint }: Look): string {
  if (sinks.length === 0) return 'no sinks\n';
  const right = 'right' as const;
  const headings = [
    { text: 'SINK' },
    { text: 'STATUS' },
    { text: 'DELIVERED', align: right },
    { text: 'REJECTED', align: right },
    { text: 'BACKLOG', align: right },
  ];
  const rows = sinks.map((one) => [
    { text: plain(one.name), style: 'bold' as const },
    { text: one.status, style: statusStyle(one.status) },
    { text: count(one.replayed) },
    { text: count(one.replayRejected) },
    { text: count(one.backlog) },
  ]);
  const problems = sinks.flatMap((one) =>
    timesTold(one.problems).map(([message, times]) => [
      { text: `${plain(one.name)}:` },
      { text: `${plain(message)}${times > 1 ? ` … and ${count(times - 1)} more like it` : ''}` },
    ]),
  );
  const why = problems.length === 0 ? '' : `\n${grid([{ text: '' }, { text: '' }], problems, { columns, paint })}`;
  return grid(headings, rows, { columns, paint }) + why;
}

/** How often problems say the same. */
function timesTold(problems: SinkReport['problems']): readonly (readonly [string, number])[] {
  const times = new Map<string, number>();
  for (const { message } of problems) times.set(message, (times.get(message) ?? 0) + 1);
  return [...times];
}

/** What is about to be dropped, in a sentence; undefined when nothing is. */
export function toDrop(
  summaries: readonly OutboxSummary[],
  filter: { readonly sink?: string | undefined; readonly run?: string | undefined; readonly rejected?: boolean | undefined },
): string | undefined {
  const chosen = summaries.filter((one) => filter.sink === undefined || one.sink === filter.sink);
  const what = chosen
    .map((one) => ({ sink: plain(one.sink), entries: filter.rejected ? one.rejected : one.pending }))
    .filter((one) => one.entries > 0)
    .map((one) => `${plural(one.entries, 'point')} of ${one.sink}`);
  if (what.length === 0) return undefined;
  const part = filter.run === undefined ? '' : `, as far as run ${plain(filter.run)} left them`;
  return `This gives up ${what.join(' and ')}${part}, for good.`;
}

export function droppedText(dropped: readonly Dropped[]): string {
  const told = dropped.filter((one) => one.dropped > 0 || one.heldBy !== undefined);
  if (told.length === 0) return 'There was nothing to drop.\n';
  return told
    .map(({ sink, dropped, heldBy }) =>
      heldBy === undefined
        ? `${plain(sink)}: ${plural(dropped, 'point')} dropped\n`
        : `${plain(sink)}: nothing dropped, since run ${plain(heldBy)} delivers what is there; try again when it has ended\n`,
    )
    .join('');
}
