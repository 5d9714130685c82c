import type { RunReport } from '../sdk/report.ts';
import type { StateChange, StateStore } from '../sdk/sink.ts';
import type { Names } from './identities.ts';
import type { InstanceResult } from './instance.ts';
import type { WindowEnd } from './plan.ts';

/** One run, as the state remembers it. Times are ISO 8601. */
export interface RunRecord {
  readonly id: string;
  readonly at: string;
  /** Of a backfill: what it was asked for. */
  readonly window?: RunReport['window'];
  readonly startedAt: string;
  readonly finishedAt?: string;
  /** By when it must have ended, were it alive. */
  readonly endsBy: string;
  readonly host: string;
  readonly pid: number;
  /** When that process began, where the system tells: a pid is used again. */
  readonly processStart?: string | undefined;
  readonly status: RunReport['status'] | 'running' | 'unfinished';
  readonly exitCode?: number;
  readonly points: number;
  readonly problems: number;
}

/** What runs remember of each other, over any state store. */
export interface Memory {
  /** Writes down that a run begins, and tells which earlier ones never ended; each is told of once. */
  begin(run: RunRecord): Promise<readonly RunRecord[]>;
  /** The ends of the last windows that an instance collected in full, by measurement. */
  windowEnds(instance: string): Promise<Readonly<Record<string, WindowEnd>>>;
  /** Keeps the names of the config's tags on an instance's points; tells what they were before, where that is known. */
  tags(instance: string, names: readonly string[]): Promise<readonly string[] | undefined>;
  /** What an instance's things were called when they were last seen, by ids that stay. */
  names(instance: string): Promise<Names>;
  /** Keeps which config file the state is used with; tells which it was before. */
  configFile(file: string): Promise<string | undefined>;
  /** `more` is written with all else, or not at all. */
  finish(run: RunRecord, report: RunReport, results: readonly RememberedResult[], more?: readonly StateChange[]): Promise<void>;
  runs(last: number): Promise<readonly RunRecord[]>;
  report(id: string): Promise<RunReport | undefined>;
}

interface RememberedResult {
  readonly instance: string;
  readonly failed: InstanceResult['failed'];
  /** The ends of the windows that were asked for. */
  readonly ends: Readonly<Record<string, WindowEnd>>;
  /** What its things are called; absent where nothing has changed. */
  readonly names?: Names | undefined;
}

export interface MemoryOptions {
  readonly now: () => Date;
  readonly host: string;
  /** Which machine and folder this is, where others have the same memory. */
  readonly place?: string | undefined;
  isAlive(pid: number, processStart: string | undefined): boolean;
  /** Takes secrets out. */
  redact(text: string): string;
}

/** What is kept of a target that failed. */
export interface FailedTarget {
  /** Absent where it held a secret, or there were too many: then all of its instance is to be asked again. */
  readonly target?: unknown;
  readonly label: string;
  readonly items?: readonly string[];
}

interface StoredEnd {
  readonly to: string;
  readonly heldSince?: string;
}

const keptRuns = 200;
const mostFailed = 10_000;
/** Of all failed targets of a run; those for which there is no more room are asked for whole again. */
const mostItems = 10_000;

export function createMemory(store: StateStore, options: MemoryOptions): Memory {
  function neverEnded(run: RunRecord): boolean {
    if (run.status !== 'running') return false;
    if (run.host === options.host) return !options.isAlive(run.pid, run.processStart);
    return Date.parse(run.endsBy) < options.now().getTime();
  }

  async function all(last?: number): Promise<RunRecord[]> {
    const records = await store.list('run', last === undefined ? {} : { last });
    return records.map((record) => record.value as RunRecord);
  }

  return {
    async begin(run) {
      const unfinished = (await all()).filter(neverEnded);
      await store.change([
        { kind: 'run', key: run.id, value: run },
        ...unfinished.map((one) => ({ kind: 'run', key: one.id, value: { ...one, status: 'unfinished' } })),
      ]);
      return unfinished;
    },

    async windowEnds(instance) {
      const records = await store.list('window', { prefix: `${instance}/` });
      return Object.fromEntries(records.map(({ key, value }) => [key.slice(instance.length + 1), endFrom(value as StoredEnd)]));
    },

    async names(instance) {
      return ((await store.read('names', instance))?.value as Names | undefined) ?? [];
    },

    async configFile(file) {
      // Several machines have the same config in folders of their own.
      const key = options.place === undefined ? 'file' : `file/${options.place}`;
      const before = (await store.read('config', key))?.value as string | undefined;
      if (before !== file) await store.change([{ kind: 'config', key, value: file }]);
      return before;
    },

    async tags(instance, names) {
      const before = (await store.read('tags', instance))?.value as readonly string[] | undefined;
      if (JSON.stringify(before) !== JSON.stringify(names)) await store.change([{ kind: 'tags', key: instance, value: names }]);
      return before;
    },

    async finish(run, report, results, more = []) {
      const kept = keeping(options.redact);
      const changes: StateChange[] = [{ kind: 'run', key: run.id, value: run }, { kind: 'report', key: run.id, value: report }, ...more];
      for (const { instance, failed, ends, names } of results) {
        if (names) changes.push({ kind: 'names', key: instance, value: names });
        if (failed.length > 0) changes.push({ kind: 'failed', key: `${run.id}/${instance}`, value: failedOf(failed).map(kept) });
        const before = await this.windowEnds(instance);
        for (const [measurement, { to, heldSince }] of Object.entries(ends)) {
          const earlier = before[measurement];
          // A rerun of an earlier time never moves it back.
          if (earlier && (earlier.to > to || (earlier.to.getTime() === to.getTime() && !heldSince === !earlier.heldSince))) continue;
          const value = { to: to.toISOString(), ...(heldSince && { heldSince: heldSince.toISOString() }) };
          changes.push({ kind: 'window', key: `${instance}/${measurement}`, value });
        }
      }
      for (const old of (await all()).slice(0, -keptRuns)) {
        changes.push({ kind: 'run', key: old.id, value: undefined }, { kind: 'report', key: old.id, value: undefined });
        for (const { key } of await store.list('failed', { prefix: `${old.id}/` })) {
          for (const kind of ['failed', 'asked']) changes.push({ kind, key, value: undefined });
        }
      }
      await store.change(changes);
    },

    async runs(last) {
      const runs = await all(last);
      return runs.map((run) => (neverEnded(run) ? { ...run, status: 'unfinished' as const } : run)).reverse();
    },

    async report(id) {
      return (await store.read('report', id))?.value as RunReport | undefined;
    },
  };
}

function endFrom({ to, heldSince }: StoredEnd): WindowEnd {
  return { to: new Date(to), ...(heldSince !== undefined && { heldSince: new Date(heldSince) }) };
}

/** Of more targets than there is room for, none by itself: all of the instance is asked again. */
function failedOf(failed: InstanceResult['failed']): InstanceResult['failed'] {
  return failed.length > mostFailed ? [{ target: undefined, label: `${failed.length} targets` }] : failed;
}

/** What may be written of failed targets, one after another: no secret, and no more items than there is room for. */
function keeping(redact: (text: string) => string): (one: InstanceResult['failed'][number]) => FailedTarget {
  let room = mostItems;
  const isClean = (text: string | undefined) => text === undefined || redact(text) === text;
  return ({ target, label, items = [] }) => {
    const named = { label: redact(label) };
    if (!isClean(JSON.stringify(target))) return named;
    if (items.length === 0 || items.length > room || !items.every(isClean)) return { target, ...named };
    room -= items.length;
    return { target, ...named, items };
  };
}
