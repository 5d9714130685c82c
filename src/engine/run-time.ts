import { formatDuration } from '../sdk/time.ts';
import { overBecause } from './instance.ts';
import type { Outside } from './outside.ts';

/** From the end of the collection's time until the sinks' ends, and until the process is stopped: all of it within 5 s. */
const spoolAfterMs = 3200;
const stopAfterMs = 4800;

export interface RunTime {
  /** Aborted when nothing more is collected. */
  readonly over: AbortSignal;
  /** Aborted when what the sinks have not taken must be spooled. */
  readonly closing: AbortSignal;
  readonly deadline: number;
  interruptedBy(): 'SIGINT' | 'SIGTERM' | undefined;
  stop(): void;
}

/** Ends the run at its timeout or at a signal: collecting at once, delivering soon after, the process in the end. */
export function limitTime({ outside, timeoutMs }: { readonly outside: Outside; readonly timeoutMs: number }): RunTime {
  const { clock } = outside;
  const over = new AbortController();
  const closing = new AbortController();
  const cancels: (() => void)[] = [];
  let interruptedBy: 'SIGINT' | 'SIGTERM' | undefined;

  function end(message: string, kind: 'timeout' | 'cancelled', code: number): void {
    if (over.signal.aborted) return;
    over.abort(overBecause(message, kind));
    cancels.push(clock.timer(spoolAfterMs, () => closing.abort()));
    cancels.push(
      clock.timer(stopAfterMs, () => {
        outside.stderr.write('kpi: the run did not end in time and was stopped; the next run says what is missing\n');
        outside.exit(code);
      }),
    );
  }

  cancels.push(clock.timer(timeoutMs, () => end(`not finished within ${formatDuration(timeoutMs)}`, 'timeout', 1)));
  // Never called off: it also ends a process that a stuck call keeps alive after the report.
  outside.watch(timeoutMs + 5000);
  cancels.push(
    outside.onSignal((signal) => {
      const code = signal === 'SIGINT' ? 130 : 143;
      if (interruptedBy) outside.exit(code);
      interruptedBy = signal;
      end(`interrupted by ${signal}`, 'cancelled', code);
    }),
  );
  return {
    over: over.signal,
    closing: closing.signal,
    deadline: clock.elapsed() + timeoutMs,
    interruptedBy: () => interruptedBy,
    stop() {
      for (const cancel of cancels) cancel();
    },
  };
}
