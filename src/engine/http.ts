import type { Dispatcher, RequestInit as ProxiedInit } from 'undici';
import { ConfigError, PermanentError } from '../sdk/errors.ts';
import { credentialError, longestBodyBytes, mostRedirects, notForHeaders } from './policy.ts';
import type { Redactor } from './redact.ts';

/** The way out: `fetch` with what every request of the program has in common. One try, no judgement. */
export interface Door {
  /**
   * As the global one, but: through the proxy of the environment; redirected by hand, within the origin only where the request carries
   * secrets; the body ends in a `PermanentError` past the cap. Userinfo in the address becomes an `authorization` header.
   * `secretHeaders` (lower case) names headers that are secrets besides the usual ones.
   */
  fetch(input: string | URL | Request, init?: RequestInit, secretHeaders?: ReadonlySet<string>): Promise<Response>;
  /** The proxy that requests to `url` go through. */
  proxyOf(url: URL): URL | undefined;
  close(): Promise<void>;
}

export interface DoorOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userAgent: string;
  /** Knows which values are secrets, and learns the proxy's password. */
  readonly redactor?: Redactor;
  readonly bodyBytes?: number;
}

/** Opens the door. A proxy variable that is no address of one is a `ConfigError`. */
export function createDoor(options: DoorOptions): Door {
  const { redactor } = options;
  const cap = options.bodyBytes ?? longestBodyBytes;
  const proxies = proxiesOf(options.env);
  for (const proxy of Object.values(proxies)) redactor?.add(decodeURIComponent(proxy?.password ?? ''));
  let proxied: Promise<Proxied> | undefined;

  function proxyOf(url: URL): URL | undefined {
    const proxy = url.protocol === 'https:' ? proxies.https : proxies.http;
    return proxy === undefined || isDirect(url, options.env) ? undefined : proxy;
  }

  async function send(url: URL, init: RequestInit): Promise<Response> {
    const proxy = proxyOf(url);
    if (proxy === undefined) return fetch(url, init);
    proxied ??= openProxied();
    return (await proxied).fetch(url, init, proxy);
  }

  return {
    proxyOf,
    async fetch(input, init, secretHeaders) {
      const isSecret: IsSecret = (name, value) => usualSecrets.has(name) || secretHeaders?.has(name) || redactor?.holds(value) || false;
      const asked = await outgoing(input, init, options.userAgent, isSecret);
      const secretive = [...asked.headers].some(([name, value]) => isSecret(name, value));
      let { url, method, body } = asked;
      for (let hops = 0; ; hops += 1) {
        const response = await send(url, { signal: asked.signal, method, headers: asked.headers, body, redirect: 'manual' });
        const location = redirectStatuses.has(response.status) ? response.headers.get('location') : null;
        if (location === null || asked.redirect === 'manual') return bounded(response, url, cap);
        await response.body?.cancel();
        const next = nextUrl(location, url);
        if (hops === mostRedirects) throw invalid(`${placeOf(url)} redirects more than ${mostRedirects} times`);
        if (asked.redirect === 'error') throw invalid(`${placeOf(url)} redirects to ${placeOf(next)}`);
        if (response.status === 303 && method !== 'HEAD') [method, body] = ['GET', null];
        checkRedirect(url, next, { method, secretive: secretive || (redactor?.holds(next.href) ?? false) });
        url = next;
      }
    },
    async close() {
      await (await proxied)?.close();
    },
  };
}

/** Host and path of an address: what messages may name of it. */
export function placeOf(url: URL): string {
  return `${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: NonNullable<RequestInit['body']> | null;
  readonly redirect: NonNullable<RequestInit['redirect']>;
  readonly signal: AbortSignal | null;
}

/** Whether a header, its name in lower case, is one that must not go to a second origin. */
type IsSecret = (name: string, value: string) => boolean;

const usualSecrets: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

async function outgoing(input: string | URL | Request, init: RequestInit = {}, userAgent: string, isSecret: IsSecret): Promise<Outgoing> {
  const request = input instanceof Request ? input : undefined;
  const url = new URL(request?.url ?? String(input));
  const headers = headersOf(init.headers ?? request?.headers, placeOf(url), isSecret);
  if (url.username !== '' || url.password !== '') {
    const user = userOf(url);
    if (user === undefined) throw new PermanentError(`the address of ${placeOf(url)} ${malformedUser}`, { kind: 'config' });
    if (!headers.has('authorization')) headers.set('authorization', `Basic ${Buffer.from(user).toString('base64')}`);
    url.username = '';
    url.password = '';
  }
  if (!headers.has('user-agent')) headers.set('user-agent', userAgent);
  return {
    url,
    method: (init.method ?? request?.method ?? 'GET').toUpperCase(),
    headers,
    body: await plainBody(init.body ?? request?.body ?? null, headers, request?.headers.get('content-type')),
    redirect: init.redirect ?? request?.redirect ?? 'follow',
    signal: init.signal ?? request?.signal ?? null,
  };
}

/** `Headers` itself would name the value in its error, as a defect: it is the user's, and often a secret. */
function headersOf(init: RequestInit['headers'], place: string, isSecret: IsSecret): Headers {
  try {
    return new Headers(init);
  } catch (error) {
    for (const [name, value] of headerPairs(init)) {
      if (!isHeader(name, '') || isHeader(name, value)) continue;
      if (isSecret(name.toLowerCase(), value)) throw credentialError(place);
      throw new PermanentError(`${place} was not asked: the header ${name} ${notForHeaders}`, { kind: 'config' });
    }
    throw error;
  }
}

function headerPairs(init: RequestInit['headers']): readonly (readonly [string, string])[] {
  const pairs = init !== undefined && Symbol.iterator in init ? [...init] : Object.entries(init ?? {});
  return pairs.map(([name, value]) => [String(name), String(value)]);
}

function isHeader(name: string, value: string): boolean {
  try {
    return new Headers([[name, value]]).has(name);
  } catch {
    return false;
  }
}

/** `name:password` of an address, decoded; undefined where a % in it begins no code, which is what `new URL` lets pass. */
function userOf(url: URL): string | undefined {
  try {
    return `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  } catch {
    return undefined;
  }
}

const malformedUser = 'has a % in its user name or password that begins no code such as %40: write %25 for the % itself';

/** A body that any `fetch` takes: streams, forms and blobs as their bytes. */
async function plainBody(body: RequestInit['body'], headers: Headers, type: string | null | undefined): Promise<Outgoing['body']> {
  if (body == null || typeof body === 'string' || body instanceof URLSearchParams || ArrayBuffer.isView(body)) return body ?? null;
  const packed = new Response(body);
  const own = type ?? packed.headers.get('content-type');
  if (own && !headers.has('content-type')) headers.set('content-type', own);
  return packed.arrayBuffer();
}

function nextUrl(location: string, from: URL): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (next === undefined || !/^https?:$/.test(next.protocol)) throw invalid(`${placeOf(from)} redirects to what is no web address`);
  if (next.username !== '' || next.password !== '') throw invalid(`${placeOf(from)} redirects to an address with a user name in it`);
  return next;
}

/** A body is never sent twice, and a secret only to the origin for which it was meant. */
function checkRedirect(from: URL, to: URL, asked: { readonly method: string; readonly secretive: boolean }): void {
  const simple = asked.method === 'GET' || asked.method === 'HEAD';
  if (!simple)
    throw invalid(`${placeOf(from)} redirects a ${asked.method} to ${placeOf(to)}, which is not followed: check the address in the config`);
  if (from.origin === to.origin || !asked.secretive) return;
  throw invalid(`${placeOf(from)} redirects to another origin, ${to.origin}, to which its credentials must not go`);
}

function invalid(message: string): PermanentError {
  return new PermanentError(message, { kind: 'invalid-answer' });
}

/** The answer as one of the global `Response`s, whose body ends in an error past `cap` bytes. */
function bounded(response: Response, url: URL, cap: number): Response {
  const tooLarge = () => new PermanentError(`${placeOf(url)} answered with more than ${cap} bytes`, { kind: 'too-large' });
  if (response.status < 200 || response.status > 599) throw invalid(`${placeOf(url)} answered with the status ${response.status}`);
  if (Number(response.headers.get('content-length')) > cap) {
    void response.body?.cancel();
    throw tooLarge();
  }
  if (isOfKnownLength(response)) return response;
  const { status, statusText } = response;
  const empty = response.body === null || status === 204 || status === 205 || status === 304;
  const body = empty ? null : ReadableStream.from(upTo(cap, response.body as ReadableStream<Uint8Array>, tooLarge));
  const result = new Response(body, { status, statusText, headers: [...response.headers] });
  Object.defineProperty(result, 'url', { value: url.href });
  return result;
}

/** Whose length the parser holds it to, so that nothing need count; not so where it is unpacked on the way, or comes of the package. */
function isOfKnownLength(response: Response): boolean {
  return response instanceof Response && response.headers.has('content-length') && !response.headers.has('content-encoding');
}

async function* upTo(cap: number, body: ReadableStream<Uint8Array>, tooLarge: () => Error): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > cap) throw tooLarge();
    yield chunk;
  }
}

interface Proxies {
  readonly http: URL | undefined;
  readonly https: URL | undefined;
}

/** The lower-case name first, as curl does. https://curl.se/docs/manpage.html#ENVIRONMENT */
function proxiesOf(env: DoorOptions['env']): Proxies {
  const find = (...names: readonly string[]) => {
    const name = names.find((one) => env[one]?.trim());
    return name === undefined ? undefined : proxyUrl(name, env[name]?.trim() ?? '');
  };
  return { http: find('http_proxy', 'HTTP_PROXY'), https: find('https_proxy', 'HTTPS_PROXY') };
}

function proxyUrl(name: string, text: string): URL {
  const full = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '') {
    if (userOf(url) !== undefined) return url;
    throw refused(name, malformedUser);
  }
  throw refused(name, 'must be the address of an HTTP proxy, such as http://proxy.example:3128');
}

function refused(name: string, reason: string): ConfigError {
  const message = `the environment's ${name} ${reason}`;
  return new ConfigError(message, [{ path: name, message }]);
}

/** Whether NO_PROXY names the host: `*`, the host, or a domain above it (`example.com`, `.example.com`); each may end in a port. */
function isDirect(url: URL, env: DoorOptions['env']): boolean {
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  for (const item of (env.no_proxy || env.NO_PROXY || '').toLowerCase().split(/[\s,]+/)) {
    const name = item.replace(new RegExp(`:${port}$`), '').replace(/^\*?\./, '');
    if (item === '*' || [item, name].some((one) => one !== '' && (host === one.replaceAll(/[[\]]/g, '') || host.endsWith(`.${one}`))))
      return true;
  }
  return false;
}

interface Proxied {
  fetch(url: URL, init: RequestInit, proxy: URL): Promise<Response>;
  close(): Promise<void>;
}

/**
 * The `undici` package, loaded only where a proxy is set: the copy inside Node takes no dispatcher that it did not make, and its own way
 * to the environment's proxies is a flag at the start of the process. https://nodejs.org/api/cli.html#node_use_env_proxy1
 */
async function openProxied(): Promise<Proxied> {
  const undici = await import('undici');
  const agents = new Map<string, Dispatcher>();
  return {
    async fetch(url, init, proxy) {
      const dispatcher = agents.get(proxy.href) ?? new undici.ProxyAgent(proxy.href);
      agents.set(proxy.href, dispatcher);
      const options = { ...init, headers: [...(init.headers as Headers)], dispatcher };
      return (await undici.fetch(url, options as ProxiedInit)) as unknown as Response;
    },
    async close() {
      for (const agent of agents.values()) await agent.destroy();
    },
  };
}
