import type { Capabilities, IntegrationInfo, Limit, Measurement } from '../app.ts';
import { type Cell, grid } from '../report/grid.ts';
import { count, plain, plural, took, wrap } from '../report/text.ts';
import type { Stream } from './host.ts';
import { settingsOf } from './settings.ts';

type Look = Pick<Stream, 'columns' | 'paint'>;

const mostTypeColumns = 20;

export function integrationList(heading: string, infos: readonly IntegrationInfo[], { columns, paint }: Look): string {
  const rows = infos.map((info): Cell[] => [{ text: plain(info.name), style: 'bold' }, { text: plain(info.help) }]);
  return grid([{ text: heading }, { text: 'WHAT IT IS' }], rows, { columns, paint });
}

/** All that is known of one provider or sink; `key` is where it stands in the config. */
export function integrationText(key: 'providers' | 'sinks', info: IntegrationInfo, look: Look): string {
  const { columns, paint } = look;
  const parts = [`${paint('bold', plain(info.name))}\n${wrap(plain(info.help), columns).join('\n')}\n`];
  const settings = settingsOf(info.settings).map((one): Cell[] => [
    { text: plain(one.path), style: 'bold' },
    { text: plain(one.type) },
    { text: [one.required ? 'required' : '', plain(one.help), one.default].filter((text) => text !== '').join('. ') },
  ]);
  parts.push(section('SETTINGS', settings.length === 0 ? '  none\n' : list(settings, look, mostTypeColumns), look));
  for (const measurement of info.measurements ?? []) parts.push(measurementText(measurement, look));
  if (info.limits && info.limits.length > 0) parts.push(section('LIMITS', list(info.limits.map(limitCells), look), look));
  if (info.accepts) parts.push(section('TAKES', list(capabilityCells(info.accepts), look), look));
  const example = JSON.stringify({ [key]: { [info.name]: info.example } }, null, 2);
  parts.push(section('EXAMPLE', `${example.replace(/^/gm, '  ')}\n`, look));
  return parts.join('\n');
}

function measurementText(measurement: Measurement, look: Look): string {
  const rows: Cell[][] = Object.entries(measurement.tags).map(([tag, help]) => [
    { text: tag, style: 'bold' },
    { text: 'tag', style: 'cyan' },
    { text: plain(help) },
  ]);
  for (const [name, field] of Object.entries(measurement.fields)) {
    const unit = field.unit === undefined || field.unit === '1' ? '' : ` ${field.unit}`;
    rows.push([{ text: name, style: 'bold' }, { text: `${field.kind}${plain(unit)}` }, { text: plain(fieldHelp(field)) }]);
  }
  const history = measurement.history === undefined ? 'none' : historyText(measurement.history);
  const facts = [measurement.help, `Time: ${measurement.time}. History: ${history}.`];
  const text = facts.flatMap((fact) => wrap(plain(fact), look.columns - 2)).map((line) => `  ${line}\n`);
  return section(`MEASUREMENT ${measurement.name}`, text.join('') + list(rows, look), look);
}

/** What a field means, and how it is guarded. */
export function fieldHelp({ help = '', guard }: Measurement['fields'][string]): string {
  return guard === undefined ? help : [help, `Guarded: ${guardText(guard)}.`].filter((text) => text !== '').join(' ');
}

/** `maxDrop 0, min 1: hold`. */
function guardText({ then = 'hold', ...limits }: NonNullable<Measurement['fields'][string]['guard']>): string {
  const named = Object.entries(limits).map(([name, limit]) => `${name} ${limit}`);
  return `${named.join(', ')}: ${then}`;
}

export function historyText(history: NonNullable<Measurement['history']>): string {
  const facts = [history.depth === undefined ? (history.reach ?? 'all of it') : `${history.depth} back`];
  if (history.first !== undefined) facts.push(`the first run asks for ${history.first}`);
  if (history.settle !== undefined) facts.push(`revised for ${history.settle}`);
  if (history.zone !== undefined) facts.push(`days of ${history.zone === 'account' ? "the account's zone" : history.zone}`);
  return facts.join(', ');
}

export function limitCells(limit: Omit<Limit, 'key'>): Cell[] {
  const spacing = limit.spacingMs === undefined ? '' : `, one each ${took(limit.spacingMs)}`;
  return [{ text: plain(limit.name), style: 'bold' }, { text: `${limit.concurrency} at once${spacing}` }, { text: plain(limit.source) }];
}

export function capabilityCells(accepts: Capabilities): Cell[][] {
  const cells = [
    ['times', timesText(accepts.timestamps)],
    ['the same again', rerunTexts[accepts.rerun]],
    ['kinds', accepts.kinds.join(', ')],
    ['a batch', `at most ${plural(accepts.batch.entries, 'point')}`],
  ];
  if (accepts.fixedTags) cells.push(['tags', "a measurement's tags can never grow"]);
  return cells.map(([name = '', text = '']) => [{ text: name, style: 'bold' }, { text }]);
}

const rerunTexts: Readonly<Record<Capabilities['rerun'], string>> = {
  merges: 'is merged field by field, the newest collected wins',
  overwrites: 'overwrites, field by field',
  keepsFirst: 'is refused, the first stays',
  appends: 'is stored once more, with the same identity',
};

function timesText(timestamps: Capabilities['timestamps']): string {
  if (typeof timestamps === 'string') return timestamps === 'any' ? 'any' : 'none: it stores only now';
  const { pastMs, futureMs } = timestamps;
  const past = pastMs === undefined ? 'any past' : `${span(pastMs)} back`;
  return futureMs === undefined ? past : `${past}, ${span(futureMs)} ahead`;
}

function span(ms: number): string {
  return ms >= 3_600_000 ? `${count(Math.round(ms / 3_600_000))} h` : `${Math.round(ms / 60_000)} min`;
}

function section(title: string, body: string, { paint }: Look): string {
  return `${paint('bold', title)}\n${body}`;
}

/** What stands in the second column takes at most `most` columns. */
function list(rows: readonly (readonly Cell[])[], { columns, paint }: Look, most?: number): string {
  const headings = (rows[0] ?? []).map((_, index) => ({ text: '', ...(index === 1 && most !== undefined && { most }) }));
  return grid(headings, rows, { columns, paint, indent: 2 });
}
