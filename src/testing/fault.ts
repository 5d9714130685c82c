import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

/** What was asked, body read. */
export interface StandInRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** As text; what is none is in `bytes`. */
  readonly body: string;
  readonly bytes: Uint8Array;
  /** From 1, in the order of arrival. */
  readonly number: number;
}

export interface StandInAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, bytes, or anything else as JSON. */
  readonly body?: string | Uint8Array | object;
}

export const faultNames = [
  'refuse',
  'hang',
  'drip',
  'reset',
  'truncate',
  'html-200',
  'error-200',
  '202',
  '204',
  'redirect-loop',
  '401',
  '403-scope',
  '403-rate',
  '403-html',
  '404',
  '413',
  '429-seconds',
  '429-date',
  '429-bare',
  '429-absurd',
  '500-then-well',
  '502-html',
  'page-twice',
  'endless-pages',
  'cursor-repeats',
  'invalid-utf8',
  'nan',
  'unsafe-integer',
  'negative',
  'number-as-string',
  'missing-field',
  'extra-field',
  'falling-counter',
  'redirect-other-origin',
] as const;
export type FaultName = (typeof faultNames)[number];

/** One request that a fault befalls, and what it can do with it. */
export interface FaultScene {
  readonly request: StandInRequest;
  readonly response: ServerResponse;
  /** The address of the second origin. */
  readonly otherUrl: string;
  /** What would have been answered without the fault. */
  usual(): Promise<StandInAnswer>;
  send(answer: StandInAnswer): void;
  /** Stops listening, until the fault ends or changes: further connections are refused. */
  stopListening(): void;
  /** Repeats `work` until the connection ends. */
  every(ms: number, work: () => void): void;
}

export interface Fault {
  readonly name: FaultName;
  /**
   * Which requests it befalls; absent: all. `count` is the number of requests since the fault began, this one included; `isNew` says
   * that none of them before asked the same. It keeps no state of its own: stand-ins share faults.
   */
  readonly when?: (request: StandInRequest, count: number, isNew: boolean) => boolean;
  /** Answers (or does not). `false`: nothing was there to spoil; the usual answer goes out, and it is no bite. */
  readonly act: (scene: FaultScene) => unknown;
}

/** Faults that need no knowledge of what the upstream answers. */
export type TransportFaultName = Exclude<
  FaultName,
  | 'page-twice'
  | 'endless-pages'
  | 'cursor-repeats'
  | 'nan'
  | 'unsafe-integer'
  | 'negative'
  | 'number-as-string'
  | 'missing-field'
  | 'extra-field'
  | 'falling-counter'
>;

const page = '<!doctype html><html><head><title>Sign in</title></head><body><p>Please sign in.</p></body></html>';
const html = { 'content-type': 'text/html; charset=utf-8' };
const tenYearsInSeconds = 315_360_000;

/** One of those faults; `when` says which requests it befalls (absent: all, `500-then-well`: the first). */
export function transportFault(name: TransportFaultName, when?: Fault['when']): Fault {
  const chosen = when ?? (name === '500-then-well' ? (_request: unknown, count: number) => count === 1 : undefined);
  return { name, ...(chosen && { when: chosen }), act: acts[name] };
}

/** The same fault, but only for the first `times` requests. */
export function firstOnly(fault: Fault, times = 1): Fault {
  return { ...fault, when: (request, count, isNew) => count <= times && (fault.when?.(request, count, isNew) ?? true) };
}

/** The `when` of a fault that befalls each of those requests once: when it is asked for the first time since the fault began. */
export function firstOfEach(isMeant: (request: StandInRequest) => boolean = () => true): NonNullable<Fault['when']> {
  return (request, _count, isNew) => isNew && isMeant(request);
}

/** A fault that spoils the JSON of an otherwise good answer. A string goes out as it is; `undefined` leaves the answer whole (no bite). */
export function bodyFault(
  name: FaultName,
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the upstream's, known to the one who spoils it
  change: (json: any, request: StandInRequest) => unknown,
  when?: Fault['when'],
): Fault {
  return {
    name,
    ...(when && { when }),
    async act(scene) {
      const good = await scene.usual();
      const before = textOf(good.body);
      const json = parsed(before);
      if (json === undefined) return false;
      const changed = change(json, scene.request);
      const after = typeof changed === 'string' ? changed : JSON.stringify(changed);
      if (changed === undefined || after === before) return false;
      scene.send({ ...good, headers: { 'content-type': 'application/json', ...good.headers }, body: after });
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The body of an answer as it would be sent. */
export function textOf(body: StandInAnswer['body']): string {
  if (body === undefined) return '';
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : JSON.stringify(body);
}

const acts: Readonly<Record<TransportFaultName, Fault['act']>> = {
  /** The request during which the server dies gets no answer; from then on connections are refused. */
  refuse(scene) {
    scene.stopListening();
    scene.response.destroy();
  },
  hang() {},
  drip({ response, every }) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    every(20, () => response.write(' '));
  },
  reset({ response }) {
    response.socket?.resetAndDestroy();
  },
  async truncate({ response, usual }) {
    const good = await usual();
    const bytes = good.body instanceof Uint8Array ? good.body : Buffer.from(textOf(good.body));
    response.writeHead(good.status ?? 200, { 'content-type': 'application/json', ...good.headers, 'content-length': bytes.byteLength + 1 });
    response.write(bytes.subarray(0, Math.floor(bytes.byteLength / 2)), () => response.destroy());
  },
  'html-200': sends(() => ({ headers: html, body: page })),
  'error-200': sends(() => ({ body: { error: 'something went wrong' } })),
  '202': sends(() => ({ status: 202, body: {} })),
  '204': sends(() => ({ status: 204 })),
  'redirect-loop': sends(({ request }) => ({ status: 301, headers: { location: request.path + queryOf(request.query) } })),
  '401': sends(() => ({ status: 401, body: { message: 'Bad credentials' } })),
  '403-scope': sends(() => ({ status: 403, body: { message: 'Resource not accessible by this token' } })),
  '403-rate': sends(() => ({
    status: 403,
    headers: { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(epochSeconds(60)) },
    body: { message: 'API rate limit exceeded' },
  })),
  '403-html': sends(() => ({ status: 403, headers: html, body: page.replaceAll(/sign in/gi, 'Go away') })),
  '404': sends(() => ({ status: 404, body: { message: 'Not Found' } })),
  '413': sends(() => ({ status: 413, body: { message: 'Payload Too Large' } })),
  '429-seconds': sends(() => tooMany({ 'retry-after': '7' })),
  '429-date': sends(() => tooMany({ 'retry-after': new Date(epochSeconds(30) * 1000).toUTCString() })),
  '429-bare': sends(() => tooMany({})),
  '429-absurd': sends(() => tooMany({ 'retry-after': String(tenYearsInSeconds) })),
  '500-then-well': sends(() => ({ status: 500, body: { message: 'Internal Server Error' } })),
  '502-html': sends(() => ({ status: 502, headers: html, body: page.replaceAll('Sign in', 'Bad gateway') })),
  async 'invalid-utf8'({ send, usual }) {
    const good = await usual();
    const text = textOf(good.body);
    const value = /:\s*"/.exec(text) ?? /"/.exec(text);
    if (!value) return false;
    const place = value.index + value[0].length;
    const bytes = Buffer.concat([Buffer.from(text.slice(0, place)), Buffer.from([0xff, 0xfe]), Buffer.from(text.slice(place))]);
    send({ ...good, headers: { 'content-type': 'application/json', ...good.headers }, body: bytes });
  },
  'redirect-other-origin': sends(({ request, otherUrl }) => ({
    status: 302,
    headers: { location: otherUrl + request.path + queryOf(request.query) },
  })),
};

function sends(answer: (scene: FaultScene) => StandInAnswer): Fault['act'] {
  return (scene) => scene.send(answer(scene));
}

function tooMany(headers: Readonly<Record<string, string>>): StandInAnswer {
  return { status: 429, headers, body: { message: 'Too Many Requests' } };
}

function queryOf(query: URLSearchParams): string {
  return query.size === 0 ? '' : `?${query}`;
}

/** By this machine's clock, as the `Date` header of the answer: what waits must measure against that header. */
function epochSeconds(ahead: number): number {
  return Math.ceil(Date.now() / 1000) + ahead;
}
