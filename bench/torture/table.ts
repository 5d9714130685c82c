import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Seen } from './judge.ts';

const page = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));
const place = /(?<=<!-- torture -->\n)[\s\S]*(?=<!-- \/torture -->)/;

export const head = [
  '| store | what is done to it | times | points | there | invented | copies | seen |',
  '| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |',
];

/** A line of the table. */
export interface Row {
  readonly store: string;
  readonly what: string;
  readonly text: string;
}

export function rowOf(store: string, rerun: string, what: string, seen: Seen): Row {
  const verdict = seen.wrong.length > 0 ? `**${seen.wrong.join('; ')}**` : seen.note;
  const numbers = [seen.bites, seen.points, seen.points - seen.missing, seen.invented, seen.copies].map(count);
  return { store, what, text: `| ${[`\`${store}\` (${rerun})`, what, ...numbers, verdict].join(' | ')} |` };
}

export function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** What was seen this time, into the page; what was not tried this time stays as it was seen before. */
export function writeTable(first: string, rows: readonly Row[], last: string | undefined, order: Order): void {
  const text = readFileSync(page, 'utf8');
  const before = place.exec(text)?.[0];
  if (before === undefined) throw new Error(`${page} has no place for the table`);
  const kept = rowsIn(before, order).filter((old) => !rows.some((row) => row.store === old.store && row.what === old.what));
  const rank = ({ store, what }: Row) => order.whats.indexOf(what) * order.stores.length + order.stores.indexOf(store);
  const all = [...rows, ...kept].sort((one, other) => rank(one) - rank(other));
  const backlog = last ?? before.split('\n').find((line) => line.startsWith('A backlog '));
  const lines = [first, '', ...head, ...all.map((row) => row.text), ...(backlog === undefined ? [] : ['', backlog])];
  writeFileSync(
    page,
    text.replace(place, () => `\n${lines.join('\n')}\n\n`),
  );
}

/** Of the table: what is done, and within that to which store. */
export interface Order {
  readonly stores: readonly string[];
  readonly whats: readonly string[];
}

function rowsIn(table: string, { stores, whats }: Order): readonly Row[] {
  return table.split('\n').flatMap((text) => {
    const [, store = '', what = ''] = /^\| `(\w+)` \(\w+\) \| (.*?) \|/.exec(text) ?? [];
    return stores.includes(store) && whats.includes(what) ? [{ store, what, text }] : [];
  });
}
