import { isUtf8 } from 'node:buffer';
import type { Answer, Http, ProviderContext, RequestOptions } from '../sdk/context.ts';
import { PermanentError, TransientError } from '../sdk/errors.ts';
import { Secret } from '../sdk/secret.ts';
import { type Door, placeOf } from './http.ts';
import { rememberedBodyLength, StatusError } from './policy.ts';
import { createTries, type Scene, type TriesOptions } from './tries.ts';

export interface CallsOptions extends TriesOptions {
  readonly door: Door;
}

export type Calls = Pick<ProviderContext, 'attempt' | 'http' | 'fetch' | 'proxyOf' | 'quota'>;

/** What a target's context calls its upstream with. */
export function createCalls(options: CallsOptions): Calls {
  const { door, slot, counters } = options;
  const tries = createTries(options);

  const attempt: ProviderContext['attempt'] = (call, attemptOptions = {}) =>
    tries.run(
      (scene) =>
        call({
          number: scene.number,
          signal: scene.signal,
          fetch: async (input, init) => {
            const { response, bytes } = await read(scene, input, init);
            return wholeResponse(response, bytes);
          },
        }),
      attemptOptions,
    );

  /** One request. */
  async function send(scene: Scene, input: string | URL | Request, init: RequestInit = {}, secretHeaders?: ReadonlySet<string>) {
    const url = new URL(input instanceof Request ? input.url : String(input));
    const proxy = door.proxyOf(url);
    scene.place = proxy === undefined ? placeOf(url) : `${placeOf(url)} (through the proxy ${proxy.host})`;
    scene.requests += 1;
    scene.response = undefined;
    scene.broken = undefined;
    counters.requests += 1;
    const own = init.signal ?? (input instanceof Request ? input.signal : undefined);
    try {
      return await door.fetch(input, { ...init, signal: own ? AbortSignal.any([own, scene.signal]) : scene.signal }, secretHeaders);
    } catch (error) {
      scene.broken = error;
      throw error;
    }
  }

  /** One request, and its whole body. */
  async function read(scene: Scene, input: string | URL | Request, init?: RequestInit, secretHeaders?: ReadonlySet<string>) {
    const response = await send(scene, input, init, secretHeaders);
    const bytes = await bodyOf(response, scene);
    // A client would read over what is broken, and that would be stored.
    if (/\bjson\b/.test(response.headers.get('content-type') ?? '')) checkJson(bytes, scene);
    return { response, bytes };
  }

  const http: Http = {
    json: (schema, url, request = {}) =>
      tries.run(async (scene) => {
        const headers = { accept: 'application/json', ...request.headers };
        const { response, bytes } = await read(scene, url, ...initOf({ ...request, headers }));
        accept(scene, response, request, response.status !== 202 && !hasNoBody(response.status));
        checkJson(bytes, scene);
        // An integer beyond 2^53 becomes a float beyond 2^53: the engine refuses it in the point, so nothing is rounded in silence.
        const checked = schema.safeParse(JSON.parse(bytes.toString('utf8').replace(/^\ufeff/, '')));
        if (!checked.success) throw checked.error;
        return checked.data;
      }, request),

    text: (url, request = {}) =>
      tries.run(async (scene) => {
        const { response, bytes } = await read(scene, url, ...initOf(request));
        accept(scene, response, request);
        return { ...answerOf(response), body: decoded(bytes, response, scene) };
      }, request),

    stream: (url, request = {}) =>
      tries.run(async (scene) => {
        const response = await send(scene, url, ...initOf(request));
        if (!isAccepted(response, request)) await bodyOf(response, scene);
        accept(scene, response, request);
        return { ...answerOf(response), body: chunks(response, scene, request.timeoutMs ?? tries.timeoutMs) };
      }, request),
  };

  async function* chunks({ body }: Response, scene: Scene, timeoutMs: number): AsyncGenerator<Uint8Array> {
    if (body === null) return;
    const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
    try {
      for (;;) {
        const { done, value } = await tries.step(() => reader.read(), scene, timeoutMs);
        if (done) return;
        yield value;
      }
    } finally {
      reader.cancel().catch(() => {});
    }
  }

  const fetch: typeof globalThis.fetch = async (input, init) => {
    let refusal: Response | undefined;
    try {
      return await attempt(async (one) => {
        refusal = undefined;
        const response = await one.fetch(input, init);
        if (response.ok) return response;
        refusal = response;
        throw new StatusError(`status ${response.status}`);
      });
    } catch (error) {
      if (refusal !== undefined && !(error instanceof TransientError)) return refusal;
      throw error;
    }
  };

  return {
    attempt,
    http,
    fetch,
    proxyOf: (url) => door.proxyOf(new URL(url))?.host,
    quota: (reading) => slot.quota(reading),
  };
}

/** The whole body; its beginning is remembered for the judgement. */
async function bodyOf(response: Response, scene: Scene): Promise<Buffer<ArrayBuffer>> {
  try {
    const bytes = Buffer.from(await response.arrayBuffer());
    const { status, headers } = response;
    scene.response = { status, headers, body: bytes.subarray(0, rememberedBodyLength).toString('utf8') };
    return bytes;
  } catch (error) {
    scene.broken = error;
    throw error;
  }
}

/** The answer again, with its body still to be read. */
function wholeResponse({ status, statusText, headers, url }: Response, bytes: Uint8Array<ArrayBuffer>): Response {
  const whole = new Response(hasNoBody(status) ? null : bytes, { status, statusText, headers });
  Object.defineProperty(whole, 'url', { value: url });
  return whole;
}

/** Before it is parsed: an empty list takes 2 bytes on the way and 16 to 56 in memory, and a body full of them would be the end of us. */
function checkJson(bytes: Buffer, scene: Scene): void {
  checkUtf8(bytes, scene);
  if (bytes.length <= mostValues || valuesIn(bytes) <= mostValues) return;
  const message = `${scene.place} answered with JSON of more than ${mostValues} values`;
  const error = new PermanentError(message, { kind: 'too-large' });
  scene.broken = error;
  throw error;
}

/** At most so many: what begins a list or an object, and what follows a comma. In strings they count as well. */
function valuesIn(bytes: Buffer): number {
  let values = 1;
  for (const byte of bytes) if (byte === comma || byte === bracket || byte === brace) values += 1;
  return values;
}

const mostValues = 4_000_000;
const [comma, bracket, brace] = Buffer.from(',[{');

function checkUtf8(bytes: Buffer, scene: Scene): void {
  if (isUtf8(bytes)) return;
  // What breaks text on its way is as often between us and the upstream as in it.
  const error = new TransientError(`${scene.place} answered with text that is not UTF-8`, { kind: 'invalid-answer' });
  scene.broken = error;
  throw error;
}

function hasNoBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

function isAccepted(response: Response, { accept = [] }: RequestOptions): boolean {
  return response.ok || accept.includes(response.status);
}

function accept(scene: Scene, response: Response, request: RequestOptions, hasAnswer = true): void {
  if (!isAccepted(response, request) || !(hasAnswer || request.accept?.includes(response.status))) {
    throw new StatusError(`status ${response.status}`);
  }
  scene.isAccepted = true;
}

function answerOf({ status, headers, url }: Response): Answer {
  return { status, headers, url };
}

/** The request as `fetch` takes it, and which of its headers are secrets. */
function initOf({ method, headers = {}, body }: RequestOptions): readonly [RequestInit, ReadonlySet<string>] {
  const plain: Record<string, string> = {};
  const secret = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    plain[name] = value instanceof Secret ? value.reveal() : value;
    if (value instanceof Secret) secret.add(name.toLowerCase());
  }
  return [{ headers: plain, ...(method !== undefined && { method }), ...(body !== undefined && { body }) }, secret];
}

/** In the charset that the answer names; UTF-8 where it names none, or one that is not known. */
function decoded(bytes: Buffer, response: Response, scene: Scene): string {
  const charset = /charset="?([^";\s]+)/i.exec(response.headers.get('content-type') ?? '')?.[1] ?? 'utf-8';
  if (/^utf-?8$/i.test(charset)) checkUtf8(bytes, scene);
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return bytes.toString('utf8');
  }
}
