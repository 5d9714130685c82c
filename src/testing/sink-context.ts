import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SinkContext } from '../sdk/context.ts';
import type { Measurement } from '../sdk/measurement.ts';

export interface SinkContextOptions {
  readonly measurements: readonly Measurement[];
  /** Names of the config's tags; default none. */
  readonly tags?: readonly string[];
  /** Default `test`. */
  readonly instance?: string;
  /** Default true. */
  readonly autoInit?: boolean;
  /** What the clock shows, always. Default 2026-11-21T20:00:00.000Z. */
  readonly now?: Date;
  /** What relative paths are relative to. Default the working directory. */
  readonly dir?: string;
  /** Folders that a run would make, absolute; default none. */
  readonly made?: readonly string[];
  readonly signal?: AbortSignal;
  /** What of the environment a program of the user's gets; default nothing. */
  readonly programEnv?: Readonly<Record<string, string>>;
  readonly fetch?: typeof globalThis.fetch;
  /** Called with each line that the sink logs. */
  log?(level: 'debug' | 'info' | 'warn', message: string, facts: Readonly<Record<string, unknown>> | undefined): void;
}

/** What a sink finds in a run, with a clock that stands still: for tests of sinks. */
export function createSinkContext(options: SinkContextOptions): SinkContext {
  const declared = new Map(options.measurements.map((measurement) => [measurement.name, measurement]));
  const now = options.now ?? new Date('2026-11-21T20:00:00.000Z');
  return {
    instance: options.instance ?? 'test',
    signal: options.signal ?? new AbortController().signal,
    log: {
      debug: (message, facts) => options.log?.('debug', message, facts),
      info: (message, facts) => options.log?.('info', message, facts),
      warn: (message, facts) => options.log?.('warn', message, facts),
    },
    now: () => new Date(now),
    elapsed: () => performance.now(),
    resolve: (path) => resolve(options.dir ?? '.', path),
    measurement(name) {
      const found = declared.get(name);
      if (!found) throw new TypeError(`measurement ${name} is not declared`);
      return found;
    },
    measurements: [...declared.values()],
    tags: options.tags ?? [],
    fetch: options.fetch ?? globalThis.fetch,
    autoInit: options.autoInit ?? true,
    programEnv: options.programEnv ?? {},
    hasFolder: (path) => existsSync(path) || options.made?.includes(path) === true,
  };
}
