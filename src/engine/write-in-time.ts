import { PermanentError } from '../sdk/errors.ts';
import type { Entry } from '../sdk/point.ts';
import type { OpenSink, Rejection } from '../sdk/sink.ts';
import type { Clock } from './clock.ts';
import type { Patience } from './patience.ts';

/** One write of a batch; one that takes too long rejects with a `PermanentError`. */
export async function writeInTime(
  sink: OpenSink,
  entries: readonly Entry[],
  { clock, patience }: { readonly clock: Clock; readonly patience: Pick<Patience, 'writeMs'> },
): Promise<readonly Rejection[]> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const callOff = clock.timer(patience.writeMs, () => {
    reject(new PermanentError(`no answer to a write within ${patience.writeMs / 1000} s`, { kind: 'timeout' }));
  });
  try {
    const writing = sink.write(entries);
    writing.catch(() => undefined);
    return await Promise.race([writing, timeout]);
  } finally {
    callOff();
  }
}
