/** What a row may say of a site, by the name of the column. */
export const columnNames = ['url', 'name', 'match', 'absent', 'status', 'redirects', 'certificateDays', 'active'] as const;
export type Column = (typeof columnNames)[number];

const columnByKey: ReadonlyMap<string, Column> = new Map([
  ...columnNames.map((name) => [keyOf(name), name] as const),
  // The word that people have for it: unread, the page would be up whatever it holds.
  ['pattern', 'match'],
]);

/** Which column a name means, in any case, and with `_` or `-` between words: databases have their own way with names. */
export function columnOf(name: string): Column | undefined {
  return columnByKey.get(keyOf(name));
}

/** Two names that mean one column. */
interface Twins {
  /** From 1. */
  readonly places: readonly [first: number, second: number];
  /** What they are called, for messages. */
  readonly called: string;
}

/** The first twins among names; what means nothing here may be there often. */
export function twinsOf(names: readonly string[]): Twins | undefined {
  const seen = new Map<Column, number>();
  for (const [index, name] of names.entries()) {
    const column = columnOf(name);
    if (column === undefined) continue;
    const first = seen.get(column);
    if (first !== undefined) return { places: [first + 1, index + 1], called: calledOf([names[first] ?? '', name]) };
    seen.set(column, index);
  }
  return undefined;
}

/** `"match"`, or `"url" and "URL"`. */
export function calledOf(names: readonly string[]): string {
  return [...new Set(names)].map((name) => JSON.stringify(name)).join(' and ');
}

function keyOf(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '');
}
