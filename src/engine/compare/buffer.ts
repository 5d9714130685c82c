import { type Entry, seriesText } from '../../sdk/point.ts';

/** Entries of one measurement. */
export interface OfMeasurement {
  readonly size: number;
  /** By series and time; those of one identity in the order in which they came. */
  readonly series: ReadonlyMap<string, ReadonlyMap<number, readonly Entry[]>>;
}

export interface Buffer {
  /** How many entries are in it. */
  readonly size: number;
  add(entry: Entry): void;
  /** All of it, by measurement; it is empty then. */
  take(): ReadonlyMap<string, OfMeasurement>;
}

interface Growing extends OfMeasurement {
  size: number;
  readonly series: Map<string, Map<number, Entry[]>>;
}

export function createBuffer(): Buffer {
  let measurements = new Map<string, Growing>();
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(entry) {
      const { measurement, tags, time } = entry.point;
      const ofMeasurement = inMap(measurements, measurement, () => ({ size: 0, series: new Map() }));
      const ofSeries = inMap(ofMeasurement.series, seriesText(measurement, tags), () => new Map());
      inMap<number, Entry[]>(ofSeries, time.getTime(), () => []).push(entry);
      ofMeasurement.size++;
      size++;
    },
    take() {
      const taken = measurements;
      measurements = new Map();
      size = 0;
      return taken;
    },
  };
}

function inMap<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
