import type { BackfillPlan } from '../app.ts';
import { type Cell, grid } from '../report/grid.ts';
import { count, minute, plain, plural, wrap } from '../report/text.ts';
import type { Stream } from './host.ts';

/** What a backfill would do, for people. */
export function backfillText(plan: BackfillPlan, { columns, paint }: Pick<Stream, 'columns' | 'paint'>): string {
  const right = 'right' as const;
  const { providers, skipped, sinks, window } = plan;
  const title = `${paint('bold', 'Backfill')} ${day(window.from)} to ${day(window.to)}, in chunks of ${plain(plan.chunk)}, the newest first`;
  const asked = grid(
    [
      { text: 'PROVIDER' },
      { text: 'CHUNKS', align: right },
      { text: 'FINISHED', align: right },
      { text: 'CALLS', align: right },
      { text: 'QUOTA LEFT' },
    ],
    providers.map((one): Cell[] => [
      { text: plain(one.name), style: 'bold' },
      { text: count(one.chunks) },
      { text: count(one.finished) },
      { text: one.chunks === one.finished ? '0' : `≥ ${count(one.leastCalls)}` },
      { text: quotaText(one.quota) },
    ]),
    { columns, paint },
  );
  const measured = grid(
    [{ text: 'MEASUREMENT' }, { text: 'FROM' }, { text: 'TO' }, { text: 'GOES BACK' }],
    providers.flatMap((one) =>
      one.measurements.map(({ name, from, to, depth }): Cell[] => [
        { text: plain(name) },
        { text: day(from) },
        { text: day(to) },
        { text: depth === undefined ? 'all the way' : plain(depth), style: 'dim' },
      ]),
    ),
    { columns, paint },
  );
  const remarks = [...skipped.map(({ provider, reason }) => `${provider} ${reason}: skipped`), ...sinks.map(sinkText)];
  const told = remarks.flatMap((remark) => wrap(plain(remark), columns)).map((line) => `${line}\n`);
  return `${[title, '', asked, measured].join('\n')}${told.length > 0 ? '\n' : ''}${told.join('')}`;
}

function sinkText({ name, days, message }: BackfillPlan['sinks'][number]): string {
  return message ?? `${name} takes all ${plural(days, 'day')}`;
}

function quotaText(quota: BackfillPlan['providers'][number]['quota']): string {
  if (!quota) return 'not known';
  const limit = quota.limit === undefined ? '' : ` of ${count(quota.limit)}`;
  return `${count(quota.remaining)}${limit}, at ${minute(quota.at)}`;
}

/** A date where it is one, else a moment. */
function day(iso: string): string {
  return plain(iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : minute(iso));
}
