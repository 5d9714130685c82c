import { readFileSync, readlinkSync } from 'node:fs';
import type { StateStore } from '../sdk/sink.ts';
import type { Clock } from './clock.ts';

/** The right to do something alone, as long as it is renewed. */
export interface Lease {
  readonly name: string;
  readonly runId: string;
  /** True while another run may have it: it has expired, and no beat has said since that it is still ours; for good once another has it. */
  readonly lost: boolean;
  /** Renews the lease, as its timer does; false when it is lost. */
  beat(): Promise<boolean>;
  /** Stops renewing and gives the lease back. Rejects where the store fails; the lease then expires by itself. */
  release(): Promise<void>;
}

export interface LeaseOptions {
  /** What it is for: `provider/github`, `sink/influxdb`. */
  readonly name: string;
  readonly runId: string;
  readonly host: string;
  readonly pid: number;
  /** What `processStart` says of this process. */
  readonly processStart?: string | undefined;
  readonly clock: Clock;
  /** A lease that was not renewed for this long is anybody's; default 60 s. */
  readonly expiryMs?: number;
  /** Default 15 s. */
  readonly heartbeatMs?: number;
  /** Called once, when the lease can no longer be relied on. */
  readonly onLost?: () => void;
  /** Whether a process of this host still runs. */
  readonly isAlive?: (pid: number, processStart: string | undefined) => boolean;
}

/** Who has a lease, as the state remembers it. */
export interface Holder {
  readonly runId: string;
  readonly host: string;
  readonly pid: number;
  readonly processStart?: string | undefined;
  readonly renewedAt: string;
}

const kind = 'lease';

/**
 * Takes the lease of a name, or says which run has it. One that expired is taken over, and so is at once one whose process on this host
 * is dead. Of several that try at the same time exactly one gets it.
 */
export async function acquireLease(store: StateStore, options: LeaseOptions): Promise<Lease | { readonly heldBy: string }> {
  const { name, runId, host, pid, processStart, clock, expiryMs = 60_000, isAlive = processIsAlive } = options;
  for (;;) {
    const record = await store.read(kind, name);
    const holder = record?.value as Holder | undefined;
    if (holder) {
      const fresh = clock.now().getTime() - Date.parse(holder.renewedAt) < expiryMs;
      const dead = holder.host === host && !isAlive(holder.pid, holder.processStart);
      if (fresh && !dead) return { heldBy: holder.runId };
    }
    const renewedAt = clock.now();
    const value: Holder = { runId, host, pid, processStart, renewedAt: renewedAt.toISOString() };
    if (!(await store.change([{ kind, key: name, value, ifVersion: record?.version ?? 0 }]))) continue;
    const taken = await store.read(kind, name);
    if (taken && sameHolder(taken.value as Holder, value)) return keepLease(store, options, value, taken.version, renewedAt.getTime());
  }
}

function keepLease(store: StateStore, options: LeaseOptions, holder: Holder, firstVersion: number, takenAt: number): Lease {
  const { name, runId, clock, expiryMs = 60_000, heartbeatMs = 15_000, onLost } = options;
  let version = firstVersion;
  let renewedAt = takenAt;
  let lost = false;
  let released = false;
  let beating: Promise<boolean> | undefined;
  const timer = setInterval(() => void beat(), heartbeatMs);
  timer.unref();

  function lose(): boolean {
    clearInterval(timer);
    if (!lost) {
      lost = true;
      onLost?.();
    }
    return false;
  }

  function beat(): Promise<boolean> {
    beating ??= renew().finally(() => {
      beating = undefined;
    });
    return beating;
  }

  async function renew(): Promise<boolean> {
    if (lost || released) return false;
    const now = clock.now();
    try {
      const value: Holder = { ...holder, renewedAt: now.toISOString() };
      const written = await store.change([{ kind, key: name, value, ifVersion: version }]);
      const record = await store.read(kind, name);
      if (!record || !sameHolder(record.value as Holder, holder)) return lose();
      version = record.version;
      // Not written, and yet ours: an earlier beat was stored, and its answer did not arrive. The next beat has the right version.
      renewedAt = written ? now.getTime() : Date.parse((record.value as Holder).renewedAt);
      return true;
    } catch {
      // The store may be back at the next beat; until the lease expires nobody else takes it.
      return clock.now().getTime() - renewedAt < expiryMs || lose();
    }
  }

  return {
    name,
    runId,
    get lost() {
      // A process that was stopped, and goes on, does not know yet: its beat may come after another run took what had expired.
      return lost || (!released && clock.now().getTime() - renewedAt >= expiryMs);
    },
    beat,
    async release() {
      clearInterval(timer);
      await beating;
      if (released || lost) return;
      released = true;
      if (await store.change([{ kind, key: name, value: undefined, ifVersion: version }])) return;
      const record = await store.read(kind, name);
      if (!record || !sameHolder(record.value as Holder, holder)) return;
      await store.change([{ kind, key: name, value: undefined, ifVersion: record.version }]);
    },
  };
}

function sameHolder(a: Holder, b: Holder): boolean {
  return a.runId === b.runId && a.host === b.host && a.pid === b.pid;
}

/**
 * Tells a process from a later one with its number: the boot and the process namespace that it belongs to, and when it started, from
 * https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html. Undefined where there is no /proc, or no such process.
 */
export function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name in parentheses, which may hold anything; the state is the third, the start the twenty-second.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const ended = fields[0] === 'Z' || fields[0] === 'X';
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}/${ended ? 'ended' : fields[19]}`;
  } catch {
    return undefined;
  }
}

/**
 * Whether the process with this number and start still runs. One that cannot be seen from here (in another container, on another
 * machine of the same name, before the last boot) counts as alive: its lease expires by itself.
 */
export function processIsAlive(pid: number, start: string | undefined): boolean {
  if (start !== undefined && worldOf(start) !== worldOf(processStart(process.pid))) return true;
  const now = processStart(pid);
  if (start !== undefined && now !== undefined) return now === start;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function worldOf(start: string | undefined): string | undefined {
  return start?.slice(0, start.lastIndexOf('/'));
}
