import type { Rerun } from '../../src/sdk/sink.ts';

/** A store that is tortured: what joins is this much for each. */
export interface Store {
  /** The port of 127.0.0.1 at which it listens, where it is reached over the network. */
  readonly port?: number;
  /** The port that it sends its clients to, where it does: what stands before it must listen there. */
  readonly proxyPort?: number;
  /** The entry of `sinks` that leads to it, at this port where it is reached over the network. */
  entry(port: number): object;
  /** What the config needs of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The identity of every point that it holds, as `identityOf` spells it; of one that appends, of every copy. Without those of kpi's own runs. */
  identities(): Promise<readonly string[]>;
  /** How many it holds now; absent where that is no quick question. */
  count?(): Promise<number>;
  /** Makes it unable to take anything, at any moment. Absent: it is on the network, and cannot be reached then; or it cannot be away. */
  stop?(): Promise<void>;
  /** Undoes that; ready when it resolves. */
  start?(): Promise<void>;
  close(): Promise<void>;
}

/** How to start one, new and empty, in a folder of its own. */
export interface Kind {
  readonly rerun: Rerun;
  /** Why it cannot be had here, with what brings it: a server that is not installed. Absent or undefined: it can. */
  missing?(): string | undefined;
  start(dir: string): Promise<Store>;
}

/** Measurement, tags and time, in one line. */
export function identityOf(measurement: string, tags: Readonly<Record<string, string>>, time: Date): string {
  const named = Object.keys(tags)
    .sort()
    .map((name) => `${name}=${tags[name]}`);
  return [measurement, ...named, time.toISOString()].join(' ');
}

/** Whether a measurement is none of those by which runs tell of themselves. */
export function isCollected(measurement: string): boolean {
  return !measurement.startsWith('kpi_');
}
