import type { StateStore } from '../sdk/sink.ts';
import type { Clock } from './clock.ts';
import { acquireLease, type Lease } from './lease.ts';

/** The leases of one run. */
export interface Leases {
  /** Takes a lease, or tells the id of the run that has it. */
  take(name: string): Promise<string | undefined>;
  /** Whether the run has it, and has not lost it since. */
  holds(name: string): boolean;
  release(): Promise<void>;
}

export interface LeasesOptions {
  readonly runId: string;
  readonly host: string;
  readonly pid: number;
  readonly processStart?: string | undefined;
  readonly clock: Clock;
}

export function createLeases(store: StateStore, options: LeasesOptions): Leases {
  const held = new Map<string, Lease>();
  return {
    async take(name) {
      const lease = await acquireLease(store, { ...options, name });
      if ('heldBy' in lease) return lease.heldBy;
      held.set(name, lease);
      return undefined;
    },
    holds(name) {
      const lease = held.get(name);
      return lease !== undefined && !lease.lost;
    },
    async release() {
      const leases = [...held.values()];
      held.clear();
      // One that cannot be given back expires by itself.
      for (const lease of leases) await lease.release().catch(() => undefined);
    },
  };
}
