import { type Entry, type Field, type FieldKind, type FieldValue, type Measurement, pointJson } from '../../sdk/index.ts';
import { allKinds } from './settings.ts';

/**
 * Makes the lines that the program reads, one for each entry, each with its line break: a point as others read it, with `runId`,
 * `collectedAt` and `provisional`.
 */
export function createLines(kinds: readonly FieldKind[], measurement: (name: string) => Measurement): (batch: readonly Entry[]) => string {
  const takesAll = allKinds.every((kind) => kinds.includes(kind));

  function given(fields: Readonly<Record<string, FieldValue>>, declared: Readonly<Record<string, Field>>) {
    return Object.fromEntries(
      Object.entries(fields).filter(([name]) => {
        const kind = declared[name]?.kind;
        return kind !== undefined && kinds.includes(kind);
      }),
    );
  }

  return (batch) => {
    let text = '';
    for (const { point, runId, collectedAt, provisional } of batch) {
      const told = takesAll ? point : { ...point, fields: given(point.fields, measurement(point.measurement).fields) };
      text += `${pointJson(told).slice(0, -1)},${JSON.stringify({ runId, collectedAt, provisional }).slice(1)}\n`;
    }
    return text;
  };
}
