import type { ChangedValue, MeasurementChanges } from '../sdk/report.ts';
import { noPaint, type Paint } from './paint.ts';
import { count, moment, pad, plain, truncate, width, wrap } from './text.ts';

const valuesShown = 10;
const mostColumns = 60;

/** What a dry run found that a run would write to the store, for people: a line for each measurement, and under it the values that change. */
export function changesText(changes: readonly MeasurementChanges[], columns: number, paint: Paint = noPaint): string {
  if (changes.length === 0) return `${paint('bold', 'In the store')}: nothing was compared\n`;
  const widest = changes.reduce((most, { measurement }) => Math.max(most, width(measurement)), 0);
  const blocks = changes.map((one) => {
    const values = one.samples.slice(0, valuesShown).map((sample) => hanging(changedValue(sample), columns));
    const more = one.values - Math.min(one.samples.length, valuesShown);
    if (more > 0) values.push(`    ${paint('dim', `… and ${count(more)} more`)}\n`);
    return `  ${pad(plain(one.measurement), widest)}  ${countsText(one, paint)}\n${values.join('')}`;
  });
  return `${paint('bold', 'In the store')}: + added, ~ changed, = left\n${blocks.join('')}`;
}

function countsText({ added, changed, left }: MeasurementChanges, paint: Paint): string {
  const plus = paint(added > 0 ? 'green' : undefined, `+${count(added)}`);
  const tilde = paint(changed > 0 ? 'yellow' : undefined, `~${count(changed)}`);
  return `${plus} ${tilde} =${count(left)}`;
}

/** `repo=octokit/octokit.rb 2026-11-21 20:00:00Z stars: 3378 → 3380` */
export function changedValue({ tags, time, field, old, new: is }: ChangedValue): string {
  const series = Object.entries(tags).map(([name, value]) => `${plain(name)}=${truncate(plain(value), mostColumns)}`);
  return `${[...series, moment(time)].join(' ')} ${plain(field)}: ${valueText(old)} → ${valueText(is)}`;
}

function valueText(value: ChangedValue['old']): string {
  if (value === null) return 'none';
  return typeof value === 'string' ? `"${truncate(plain(value), mostColumns)}"` : String(value);
}

function hanging(text: string, columns: number): string {
  const [first = '', ...rest] = wrap(text, columns - 6);
  return `    ${first}\n${rest.map((line) => `      ${line}\n`).join('')}`;
}
