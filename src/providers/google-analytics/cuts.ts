import type { FieldValue, Point } from '../../sdk/index.ts';

/** So many are kept until a report has ended: any two of its rows may be alike. */
const mostPoints = 20_000;

/** What came of rows whose addresses lost their query (`withoutQuery`): those that are alike then are one. */
export interface Cuts {
  add(point: Point): void;
  readonly points: Iterable<Point>;
  /** Rows that were too many to keep. */
  readonly left: number;
}

/** Adds up all numbers of points that are alike. */
export function createCuts(): Cuts {
  const known = new Map<string, Point>();
  let left = 0;
  return {
    add(point) {
      const identity = JSON.stringify([point.time, point.tags]);
      const other = known.get(identity);
      if (other) known.set(identity, { ...point, fields: together(other.fields, point.fields) });
      else if (known.size < mostPoints) known.set(identity, point);
      else left += 1;
    },
    get points() {
      return known.values();
    },
    get left() {
      return left;
    },
  };
}

function together(one: Point['fields'], other: Point['fields']): Point['fields'] {
  const fields: Record<string, FieldValue> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = fields[name];
    fields[name] = typeof before === 'number' && typeof value === 'number' ? before + value : value;
  }
  return fields;
}
