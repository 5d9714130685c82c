import { durationMs, isNextError, PermanentError, type SinkContext, TransientError } from '../../sdk/index.ts';
import type { Settings } from './settings.ts';

/** What the server answered, whatever it was. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export interface Asked {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | string;
  /** Whether the answer is wanted as a whole; of what is said to a write, the beginning is enough. */
  readonly asks?: boolean;
}

/** The way to one server. */
export interface Connection {
  /** Where samples are written, for messages. */
  readonly where: string;
  now(): Date;
  /** Milliseconds from a fixed moment. */
  elapsed(): number;
  /** Sends a request's body to be stored. Rejects with a `TransientError` when no answer came. */
  write(body: Uint8Array<ArrayBuffer>): Promise<Answer>;
  /** Asks the server's HTTP API, by its path: `query`. Undefined where its address is not known, or no answer came. */
  ask(path: string, form?: Readonly<Record<string, string>>): Promise<Answer | undefined>;
}

export function connectionTo(settings: Settings, context: SinkContext): Connection {
  const url = new URL(settings.url);
  const where = url.origin + url.pathname;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings.headers)) {
    if (value !== undefined) headers[name] = headerValue(typeof value === 'string' ? value : value.reveal(), `headers.${name}`);
  }
  const authorization = authorizationOf(settings, url);
  if (authorization !== undefined) headers.authorization = authorization;
  const api = apiOf(url.pathname);
  const send = (asked: Asked) => request(asked, settings.timeout, context);

  return {
    where,
    now: () => context.now(),
    elapsed: () => context.elapsed(),
    write: (body) =>
      send({
        method: 'POST',
        url: where + url.search,
        headers: {
          ...headers,
          // https://prometheus.io/docs/specs/prw/remote_write_spec/#protocol
          'content-encoding': 'snappy',
          'content-type': 'application/x-protobuf',
          'x-prometheus-remote-write-version': '0.1.0',
        },
        body,
      }),
    async ask(path, form) {
      if (api === undefined) return undefined;
      try {
        return await send({
          asks: true,
          method: form ? 'POST' : 'GET',
          url: `${url.origin}${api}/${path}`,
          headers: { ...headers, accept: 'application/json', ...(form && { 'content-type': 'application/x-www-form-urlencoded' }) },
          ...(form && { body: String(new URLSearchParams(form)) }),
        });
      } catch (error) {
        // What is asked for is never needed to write; without it, the server's words alone count.
        context.log.debug('the server did not answer a question', { path, error: String(error) });
        return undefined;
      }
    },
  };
}

/**
 * Where the HTTP API is, by where samples are written: in Prometheus and VictoriaMetrics beside it, in Mimir under its prefix, in
 * Grafana Cloud under its own. https://grafana.com/docs/mimir/latest/references/http-api/
 */
function apiOf(path: string): string | undefined {
  if (path.endsWith('/api/v1/write')) return path.slice(0, -'/write'.length);
  if (path.endsWith('/api/prom/push')) return `${path.slice(0, -'/push'.length)}/api/v1`;
  if (path.endsWith('/api/v1/push')) return `${path.slice(0, -'/api/v1/push'.length)}/prometheus/api/v1`;
  return undefined;
}

/** One request; what it answers is not judged. Rejects with a `TransientError` when no answer came. No redirect is followed. */
export async function request({ url, asks = false, ...asked }: Asked, limit: string, context: SinkContext): Promise<Answer> {
  const { origin, pathname } = new URL(url);
  const where = origin + pathname;
  const timeout = AbortSignal.timeout(durationMs(limit) as number);
  try {
    const signal = AbortSignal.any([context.signal, timeout]);
    const response = await context.fetch(url, { ...asked, redirect: 'manual', signal });
    const body = asks ? await response.text() : await beginningOf(response);
    return { status: response.status, headers: response.headers, body };
  } catch (error) {
    if (isNextError(error)) throw error;
    if (timeout.aborted) throw new TransientError(`${where} did not answer within ${limit}`, { kind: 'timeout', cause: error });
    if (context.signal.aborted) throw new TransientError(`the request to ${where} was cancelled`, { kind: 'cancelled', cause: error });
    throw new TransientError(`${where} cannot be reached: ${reasonOf(error)}`, { kind: 'network', cause: error });
  }
}

/** As much as anybody could want to read of why something was refused. */
const mostWords = 1024 * 1024;

async function beginningOf({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= mostWords) break;
  }
  return Buffer.concat(parts).toString();
}

function authorizationOf({ username, password, token }: Settings, url: URL): string | undefined {
  if (token) return `Bearer ${headerValue(token.reveal(), 'token')}`;
  if (username !== undefined) return basic(username, password?.reveal() ?? '');
  return basicOf(url);
}

/** The user name and password in an address as basic authentication. */
export function basicOf({ username, password }: URL): string | undefined {
  return username === '' && password === '' ? undefined : basic(decodeURIComponent(username), decodeURIComponent(password));
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** `fetch` would name the value in its error. */
function headerValue(value: string, setting: string): string {
  if (/^[\x20-\x7e]+$/.test(value) && value.trim() === value) return value;
  throw new PermanentError(`${setting} holds a character that a header cannot carry, such as a line break: correct it`, {
    kind: 'unauthorized',
  });
}

/** `fetch` says what went wrong in its cause only. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  const message = cause instanceof Error ? cause.message : '';
  return message.includes(code) ? message || code || 'no answer' : `${code} ${message}`.trim();
}
