import type { Clock } from '../engine/clock.ts';
import type { Outside } from '../engine/outside.ts';
import { createTestClock } from './clock.ts';

/** Surroundings that remember what was written to them. */
export interface TestOutside extends Outside {
  readonly written: { stdout: string; stderr: string };
  /** Sends a signal to whoever listens. */
  signal(signal: 'SIGINT' | 'SIGTERM'): void;
  /** Rejects a promise that nobody handles. */
  strayRejection(reason: unknown): void;
  /** How the process was ended, if it was. */
  readonly exited: readonly number[];
}

export interface TestOutsideOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly pid?: number;
}

export function createTestOutside({ cwd, env = {}, clock = createTestClock(), pid = process.pid }: TestOutsideOptions): TestOutside {
  const written = { stdout: '', stderr: '' };
  const listeners = new Set<(signal: 'SIGINT' | 'SIGTERM') => void>();
  const strays = new Set<(reason: unknown) => void>();
  const exited: number[] = [];
  const out = (name: 'stdout' | 'stderr') => ({
    write(text: string) {
      written[name] += text;
    },
    isTerminal: false,
    isFile: false,
    columns: 80,
  });
  return {
    env,
    cwd,
    clock,
    pid,
    host: 'test-host',
    stdout: out('stdout'),
    stderr: out('stderr'),
    written,
    exited,
    onSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onStrayRejection(listener) {
      strays.add(listener);
      return () => strays.delete(listener);
    },
    watch: () => () => {},
    exit(code) {
      exited.push(code);
      return undefined as never;
    },
    signal(signal) {
      for (const listener of listeners) listener(signal);
    },
    strayRejection(reason) {
      for (const listener of strays) listener(reason);
    },
  };
}
