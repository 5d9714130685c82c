import type { FieldValue, Measurement } from '../../../sdk/index.ts';
import { planOf } from '../../../sinks/prometheus/naming.ts';
import type { StoredRow } from '../../contract/sink-model.ts';

/** A sample as Prometheus tells of it. */
export interface ReadSample {
  readonly metric: string;
  /** Without the name. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly time: Date;
}

/** What is stored, in the words of points: the samples of one series and time are a row. `tags` are those of the config. */
export function rowsOf(
  samples: readonly ReadSample[],
  measurements: readonly Measurement[],
  tags: readonly string[],
): readonly StoredRow[] {
  const rows = new Map<string, { measurement: string; tags: Record<string, string>; fields: Record<string, FieldValue>; time: Date }>();
  for (const sample of samples) {
    const found = fieldsOf(sample, measurements);
    if (!found) continue;
    const { declared, fields } = found;
    const own = Object.entries(sample.labels).filter(([name]) => name in declared.tags || tags.includes(name));
    const sorted = Object.fromEntries(own.sort(([one], [other]) => (one < other ? -1 : 1)));
    const key = JSON.stringify([declared.name, sorted, sample.time]);
    const row = rows.get(key) ?? { measurement: declared.name, tags: sorted, fields: {}, time: sample.time };
    Object.assign(row.fields, fields);
    rows.set(key, row);
  }
  return [...rows.values()];
}

function fieldsOf({ metric, labels, value }: ReadSample, measurements: readonly Measurement[]) {
  for (const declared of measurements) {
    const plan = planOf(declared);
    if (plan.info?.metadata.name === metric) {
      const words = plan.info.fields.filter((field) => field in labels).map((field): [string, FieldValue] => [field, labels[field] ?? '']);
      return { declared, fields: Object.fromEntries(words) };
    }
    const column = plan.columns.find((one) => one.metric === metric && (!one.label || labels[one.label.name] === one.label.value));
    if (!column) continue;
    // The bucket of all is the count once more.
    const fields: Record<string, FieldValue> =
      column.label?.value === '+Inf' ? {} : { [column.field]: inItsUnit(declared, column.field, value) };
    return { declared, fields };
  }
  return undefined;
}

/** In the unit and the kind that was declared. */
function inItsUnit(declared: Measurement, field: string, value: number): FieldValue {
  const { kind, unit } = declared.fields[field] ?? {};
  if (kind === 'flag') return value === 1;
  if (kind === 'moment') return new Date(value * 1000).toISOString();
  return unit === 'ms' ? Number((value * 1000).toPrecision(15)) : value;
}
