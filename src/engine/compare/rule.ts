import type { Field } from '../../sdk/measurement.ts';
import type { Entry, Fields, FieldValue } from '../../sdk/point.ts';
import type { Rerun } from '../../sdk/sink.ts';

/** What a store holds of one identity, as far as it decides what an entry changes. */
export interface Row {
  readonly fields: Fields;
  readonly collectedAt: Date;
}

/** One field that is another than it was; undefined where it is not measured. */
export interface Difference {
  readonly field: string;
  readonly old: FieldValue | undefined;
  readonly new: FieldValue | undefined;
}

/** The row after the store has taken an entry, by its class. */
export function written(rerun: Rerun, row: Row | undefined, { point, collectedAt }: Entry): Row {
  const { fields } = point;
  if (!row) return { fields, collectedAt };
  const isNewer = collectedAt.getTime() >= row.collectedAt.getTime();
  switch (rerun) {
    case 'merges':
      return isNewer
        ? { fields: { ...row.fields, ...fields }, collectedAt }
        : { fields: { ...fields, ...row.fields }, collectedAt: row.collectedAt };
    case 'overwrites':
      return { fields: { ...row.fields, ...fields }, collectedAt };
    case 'keepsFirst':
      return contradicts(row.fields, fields) ? row : { ...row, fields: { ...row.fields, ...fields } };
    case 'appends':
      return isNewer ? { fields, collectedAt } : row;
  }
}

/** Such an entry is refused as a whole. */
function contradicts(row: Fields, fields: Fields): boolean {
  return Object.keys(fields).some((field) => Object.hasOwn(row, field) && row[field] !== fields[field]);
}

/** What is another, by the names of the fields. When it was collected, by which run, and whether it is provisional is no value. */
export function differences(declared: Readonly<Record<string, Field>>, before: Fields, after: Fields): readonly Difference[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const found: Difference[] = [];
  for (const field of names) {
    const old = measured(before, field);
    const is = measured(after, field);
    if (!isSame(declared[field], old, is)) found.push({ field, old, new: is });
  }
  return found.length > 1 ? found.sort((one, other) => (one.field < other.field ? -1 : 1)) : found;
}

/** A field may be called as what every object has: `constructor`. */
function measured(fields: Fields, field: string): FieldValue | undefined {
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}

function isSame(field: Field | undefined, old: FieldValue | undefined, is: FieldValue | undefined): boolean {
  if (old === is) return true;
  if (field?.kind !== 'moment' || typeof old !== 'string' || typeof is !== 'string') return false;
  return Date.parse(old) === Date.parse(is);
}
