import type { z } from 'zod';
import type { ProviderContext } from '../../sdk/context.ts';
import { BlockedError, TransientError } from '../../sdk/errors.ts';
import { RefusedError } from './judge.ts';
import type { Cost } from './schema.ts';
import type { Settings } from './settings.ts';

/**
 * The default fields, and `.total`. Filters never change and never expire, so one is made once and kept:
 * https://api.stackexchange.com/docs/filters. The built-in filter `total` would hide `.backoff` and `.quota_remaining`.
 */
export const filter = '!nNPvSNVZJS';

/** Those who came back one second after a `backoff` were still refused. https://meta.stackexchange.com/questions/377674 */
const marginSeconds = 2;

interface Call {
  /** As the documentation names it: what a `backoff` is counted by. */
  readonly method: string;
  /** Where that is not the method itself. */
  readonly path?: string;
  readonly query: Readonly<Record<string, string | number>>;
  readonly what: string;
}

/** The API for one session, which keeps to what its answers ask for. */
export interface Client {
  ask<Schema extends z.ZodType<Cost>>(context: ProviderContext, call: Call, schema: Schema): Promise<z.output<Schema>>;
}

export function createClient({ key, baseUrl }: Settings): Client {
  /** By method, when it may be called again, by `context.elapsed()`. */
  const closedUntil = new Map<string, number>();
  let spent: number | undefined;

  function urlOf({ method, path = method, query }: Call): URL {
    const url = new URL(`${baseUrl}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    if (key !== undefined) url.searchParams.set('key', key.reveal());
    return url;
  }

  /**
   * A try that comes too soon is none: it waits as after a refusal, which it would have been. A pause is that of one method, so its kind
   * is not that of a limit, which would close the address for all of them.
   */
  function mayCall(method: string, context: ProviderContext): void {
    if (spent !== undefined) {
      const message = `nothing is left of the ${spent} requests that Stack Exchange allows`;
      const whose = key === undefined ? 'an address without a "key" in a day: set one for 10,000' : 'the "key" at this address in a day';
      throw new BlockedError(`${message} ${whose}`, { kind: 'quota' });
    }
    const ms = (closedUntil.get(method) ?? Number.NEGATIVE_INFINITY) - context.elapsed();
    if (ms <= 0) return;
    const message = `Stack Exchange asks for a pause before the next call of ${method}`;
    throw new TransientError(message, { kind: 'not-yet', retryAfterMs: ms });
  }

  function note(method: string, { backoff, quota_max: limit, quota_remaining: remaining }: Cost, context: ProviderContext): void {
    if (backoff !== undefined) closedUntil.set(method, context.elapsed() + (backoff + marginSeconds) * 1000);
    if (remaining === undefined) return;
    context.quota({ remaining, limit });
    // When the day of the quota ends is told by nobody but a refusal.
    if (remaining === 0) spent = limit ?? 0;
  }

  return {
    ask: (context, call, schema) =>
      context.attempt(
        async (one) => {
          mayCall(call.method, context);
          const response = await one.fetch(urlOf(call), { headers: { accept: 'application/json' } });
          if (response.status !== 200) throw new RefusedError(`an answer that is none (${response.status})`, key !== undefined);
          const json: unknown = JSON.parse(await response.text());
          // Asked by a script, a refusal has status 200.
          if (typeof json === 'object' && json !== null && 'error_id' in json) throw new RefusedError('a refusal', key !== undefined);
          const answer = schema.parse(json);
          note(call.method, answer, context);
          return answer;
        },
        { what: call.what },
      ),
  };
}
