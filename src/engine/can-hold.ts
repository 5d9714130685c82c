import type { Measurement } from '../sdk/measurement.ts';
import type { Entry } from '../sdk/point.ts';
import type { Capabilities } from '../sdk/sink.ts';
import type { Clock } from './clock.ts';

/** Whether a store can hold an entry at all: its time, and at least one of its fields. */
export function createCanHold(
  { timestamps, kinds }: Capabilities,
  measurement: (name: string) => Measurement,
  clock: Clock,
): (entry: Entry) => boolean {
  return ({ point }) => {
    if (typeof timestamps === 'object') {
      const age = clock.now().getTime() - point.time.getTime();
      if (timestamps.pastMs !== undefined && age > timestamps.pastMs) return false;
      if (timestamps.futureMs !== undefined && -age > timestamps.futureMs) return false;
    }
    const { fields } = measurement(point.measurement);
    for (const name in point.fields) {
      const kind = fields[name]?.kind;
      if (kind && kinds.includes(kind)) return true;
    }
    return false;
  };
}
