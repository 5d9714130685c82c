import { durationMs, isNextError, PermanentError, type SinkContext, TransientError } from '../../sdk/index.ts';
import type { Settings } from './settings.ts';

/** What the server answered, whatever it was. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** The way to one server. */
export interface Connection {
  readonly settings: Settings;
  /** Its address, for messages. */
  readonly where: string;
  now(): Date;
  /** One request. Rejects with a `TransientError` when no answer came. */
  ask(method: 'GET' | 'POST', path: string, body?: string): Promise<Answer>;
}

export function connectionTo(settings: Settings, context: SinkContext): Connection {
  const url = new URL(settings.url);
  const where = (url.origin + url.pathname).replace(/\/+$/, '');
  const authorization = authorizationOf(settings, url);
  const timeoutMs = durationMs(settings.timeout) as number;

  return {
    settings,
    where,
    now: () => context.now(),
    async ask(method, path, body) {
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        const response = await context.fetch(where + path, {
          method,
          headers: {
            accept: 'application/json',
            ...(authorization !== undefined && { authorization }),
            // No line begins with a brace: measurements begin with a letter.
            ...(body !== undefined && { 'content-type': body.startsWith('{') ? 'application/json' : 'text/plain; charset=utf-8' }),
          },
          ...(body !== undefined && { body }),
          redirect: 'manual',
          signal: AbortSignal.any([context.signal, timeout]),
        });
        return { status: response.status, headers: response.headers, body: await response.text() };
      } catch (error) {
        if (isNextError(error)) throw error;
        if (timeout.aborted)
          throw new TransientError(`${where} did not answer within ${settings.timeout}`, { kind: 'timeout', cause: error });
        if (context.signal.aborted) throw new TransientError(`the request to ${where} was cancelled`, { kind: 'cancelled', cause: error });
        throw new TransientError(`${where} cannot be reached: ${reasonOf(error)}`, { kind: 'network', cause: error });
      }
    },
  };
}

/** InfluxDB 2 takes `Token`; InfluxDB 3, and what stands before VictoriaMetrics, take `Bearer`. A user in the address is sent as such. */
function authorizationOf(settings: Settings, url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') {
    const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return `Basic ${Buffer.from(user).toString('base64')}`;
  }
  if (!settings.token) return undefined;
  const token = settings.token.reveal();
  // `fetch` would name the value in its error.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new PermanentError('the token holds a character that a header cannot carry, such as a line break: check "token"', {
      kind: 'unauthorized',
    });
  }
  return `${settings.server === 'influxdb2' ? 'Token' : 'Bearer'} ${token}`;
}

/** `fetch` says what went wrong in its cause only. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  const message = cause instanceof Error ? cause.message : '';
  return message.includes(code) ? message || code || 'no answer' : `${code} ${message}`.trim();
}
