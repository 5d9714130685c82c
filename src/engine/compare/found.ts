import type { FieldValue, Point } from '../../sdk/point.ts';
import type { ChangedValue, MeasurementChanges } from '../../sdk/report.ts';
import type { Difference } from './rule.ts';

/** What the comparison of one measurement, or of a part of it, found. */
export interface Found {
  readonly measurement: string;
  /** Points that it counts. */
  readonly points: number;
  add(): void;
  leave(): void;
  change(point: Pick<Point, 'tags' | 'time'>, differences: readonly Difference[]): void;
  /** Takes what was found in another part. */
  join(other: Found): void;
  changes(): MeasurementChanges;
}

/** So many values of a measurement are shown. */
const mostSamples = 20;
const mostCharacters = 500;

export function createFound(measurement: string, redact: (text: string) => string): Found {
  const counts = { added: 0, changed: 0, left: 0, values: 0 };
  const samples: ChangedValue[] = [];
  return {
    measurement,
    get points() {
      return counts.added + counts.changed + counts.left;
    },
    add() {
      counts.added++;
    },
    leave() {
      counts.left++;
    },
    change({ tags, time }, differences) {
      counts.changed++;
      counts.values += differences.length;
      for (const one of differences) {
        if (samples.length >= mostSamples) return;
        samples.push({ tags, time: time.toISOString(), field: one.field, old: shown(one.old, redact), new: shown(one.new, redact) });
      }
    },
    join(other) {
      const { added, changed, left, values, samples: more } = other.changes();
      counts.added += added;
      counts.changed += changed;
      counts.left += left;
      counts.values += values;
      samples.push(...more.slice(0, Math.max(0, mostSamples - samples.length)));
    },
    changes: () => ({ measurement, ...counts, samples: [...samples] }),
  };
}

/** Only what was redacted is cut: half a secret would not be found. */
function shown(value: FieldValue | undefined, redact: (text: string) => string): FieldValue | null {
  if (value === undefined) return null;
  if (typeof value !== 'string') return value;
  const text = redact(value);
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
}
