import type { z } from 'zod';
import type { ProviderContext, Try } from '../../sdk/context.ts';
import { BlockedError, PermanentError } from '../../sdk/errors.ts';
import type { Settings } from './settings.ts';
import { createTokens, type Leave } from './token.ts';

/** Reddit's API for one session. */
export interface Client {
  /** Gets a token, if there is none. */
  open(context: ProviderContext): Promise<void>;
  ask<Schema extends z.ZodType>(context: ProviderContext, call: Call, schema: Schema): Promise<z.output<Schema>>;
}

interface Call {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly what: string;
}

/** The token has ended: there may be another. */
const ended = Symbol('ended');

export function createClient(settings: Settings): Client {
  const tokens = createTokens(settings);

  function urlOf({ path, query = {} }: Call): URL {
    const url = new URL(`${settings.baseUrl}${path}`);
    // Without it, < and > are escaped as in HTML. https://www.reddit.com/dev/api/#response_body_encoding
    url.searchParams.set('raw_json', '1');
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
    return url;
  }

  async function send<Schema extends z.ZodType>(one: Try, call: Call, schema: Schema, leave: Leave, context: ProviderContext) {
    const headers = { accept: 'application/json', authorization: `Bearer ${leave.token}`, 'user-agent': settings.userAgent };
    // A subreddit that does not exist leads to a search: that is the answer.
    const response = await one.fetch(urlOf(call), { headers, redirect: 'manual' });
    const text = await response.text();
    // Nobody else knows it for a secret; messages quote what an upstream says.
    if (text.includes(leave.token)) throw new PermanentError('the answer repeats the token: this is not the API of Reddit');
    note(response.headers, context);
    if (response.status === 401) {
      if (leave.proven) return ended;
      const message = 'Reddit does not accept the token that it gave to the app: its access may have been revoked';
      throw new BlockedError(message, { kind: 'unauthorized' });
    }
    if (response.status !== 200) throw new Error(`an answer that is none (${response.status})`);
    leave.proven = true;
    return schema.parse(JSON.parse(text));
  }

  return {
    async open(context) {
      await tokens.current(context);
    },
    async ask(context, call, schema) {
      const first = await tokens.current(context);
      const answer = await context.attempt((one) => send(one, call, schema, first, context), { what: call.what });
      if (answer !== ended) return answer;
      tokens.drop(first);
      const second = await tokens.current(context);
      const again = await context.attempt((one) => send(one, call, schema, second, context), { what: call.what });
      if (again !== ended) return again;
      throw new BlockedError('Reddit takes tokens back as soon as it has given them', { kind: 'unauthorized' });
    },
  };
}

/** Numbers with a fraction, and seconds from now. https://support.reddithelp.com/hc/en-us/articles/16160319875092 */
function note(headers: Headers, context: ProviderContext): void {
  const [used, remaining, reset] = ['used', 'remaining', 'reset'].map((name) => Number(headers.get(`x-ratelimit-${name}`) || Number.NaN));
  if (remaining === undefined || !(remaining >= 0)) return;
  const left = Math.floor(remaining);
  context.quota({
    remaining: left,
    ...(used !== undefined && used >= 0 && { limit: left + Math.ceil(used) }),
    ...(reset !== undefined && reset >= 0 && { resetAt: new Date(context.now().getTime() + Math.min(reset, mostResetSeconds) * 1000) }),
  });
}

/** A date can be made of it. */
const mostResetSeconds = 1e9;
