import { string } from '@oclif/core/args';
import { boolean, string as flag } from '@oclif/core/flags';
import type { HeldDecided, HeldValue } from '../app.ts';
import { grid } from '../report/grid.ts';
import { count, minute, plain, plural } from '../report/text.ts';
import { configFlags, given } from './flags.ts';
import type { Stream } from './host.ts';

type Look = Pick<Stream, 'columns' | 'paint'>;

export const heldArgs = { id: string({ description: 'Only these, by their ids in kpi quarantine list.', multiple: true }) };

export const heldFlags = {
  ...configFlags,
  provider: flag({ summary: 'Only of this provider, by its name in the config.', helpValue: 'NAME', parse: given('--provider') }),
  measurement: flag({
    summary: 'Only of this measurement; github_* names all that begin so.',
    helpValue: 'NAME',
    parse: given('--measurement'),
  }),
};

export const yesFlag = boolean({ summary: 'Do not ask.' });

/** Which held values are meant. */
export function heldFilter(
  flags: { readonly provider?: string | undefined; readonly measurement?: string | undefined },
  ids: readonly string[] | undefined,
) {
  return { provider: flags.provider, measurement: flags.measurement, ids: ids === undefined || ids.length === 0 ? undefined : ids };
}

export function heldText(values: readonly HeldValue[], { columns, paint }: Look): string {
  if (values.length === 0) return 'Nothing is held.\n';
  const groups = Map.groupBy(values, (one) => `${one.provider}: ${one.measurement}.${one.field}`);
  return [...groups].map(([name, some]) => `${paint('bold', plain(name))}\n${heldGrid(some, { columns, paint })}`).join('\n');
}

function heldGrid(values: readonly HeldValue[], { columns, paint }: Look): string {
  const right = 'right' as const;
  const headings = [
    { text: 'ID' },
    { text: 'TIME' },
    { text: 'WAS', align: right },
    { text: 'READ', align: right },
    { text: 'HELD' },
    { text: 'SERIES' },
  ];
  const rows = values.map((one) => [
    { text: one.id },
    { text: minute(one.time) },
    { text: count(one.was) },
    { text: count(one.value), style: 'yellow' as const },
    { text: `since ${plain(one.reason)}` },
    { text: plain(seriesText(one)) },
  ]);
  return grid(headings, rows, { columns, paint, indent: 2 });
}

/** `package=Akka, version=1.2`. */
function seriesText({ tags }: HeldValue): string {
  return Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
}

/** What is about to be decided, in a sentence; undefined where nothing is held. */
export function toDecide(values: readonly HeldValue[], verb: 'accept' | 'drop'): string | undefined {
  if (values.length === 0) return undefined;
  const providers = [...Map.groupBy(values, (one) => one.provider)];
  const what = providers.map(([provider, some]) => `${plural(some.length, 'held value')} of ${plain(provider)}`).join(' and ');
  return verb === 'accept' ? `This writes ${what} to the sinks, and compares later ones with them.` : `This gives up ${what}, for good.`;
}

export function decidedText(decided: readonly HeldDecided[], done: 'accepted' | 'dropped'): string {
  if (decided.length === 0) return 'Nothing is held.\n';
  return decided
    .map(({ provider, values, heldBy }) =>
      heldBy === undefined
        ? `${plain(provider)}: ${plural(values, 'value')} ${done}\n`
        : `${plain(provider)}: nothing ${done}, since run ${plain(heldBy)} is at work on it; try again when it has ended\n`,
    )
    .join('');
}
