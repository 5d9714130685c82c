import { isRecord } from './path.ts';

type Schema = Readonly<Record<string, unknown>>;

/**
 * A JSON Schema with an example of every key that has neither a default nor an example of its own, taken from what a user would write.
 * Names that differ in case only, such as those of headers, share theirs.
 */
export function withExamples(schema: Schema, written: readonly unknown[]): Schema {
  return Object.fromEntries(Object.entries(schema).map(([word, value]) => [word, inside(word, value, written)]));
}

function inside(word: string, value: unknown, written: readonly unknown[]): unknown {
  const objects = written.filter(isRecord);
  switch (word) {
    case 'properties':
      return Object.fromEntries(
        Object.entries(value as Schema).map(([key, child]) => [key, property(child as Schema, valuesOf(objects, key))]),
      );
    case 'additionalProperties':
      return isRecord(value) ? withExamples(value, objects.flatMap(Object.values)) : value;
    case 'items':
      return isRecord(value) ? withExamples(value, written.filter(Array.isArray).flat()) : value;
    case 'anyOf':
    case 'oneOf':
    case 'allOf':
      return (value as Schema[]).map((one) => withExamples(one, written));
    default:
      return value;
  }
}

function property(schema: Schema, written: readonly unknown[]): Schema {
  const told = withExamples(schema, written);
  const isShown = ['default', 'examples', 'const'].some((word) => word in told);
  return isShown || written.length === 0 ? told : { ...told, examples: [written[0]] };
}

function valuesOf(objects: readonly Readonly<Record<string, unknown>>[], key: string): readonly unknown[] {
  return objects.flatMap((one) =>
    Object.entries(one).flatMap(([name, value]) => (name.toLowerCase() === key.toLowerCase() ? [value] : [])),
  );
}
