import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Fault, type FaultScene, type StandInAnswer, type StandInRequest, textOf } from './fault.ts';

export * from './fault.ts';

export interface StandInOptions {
  /** Added before every answer. */
  readonly latencyMs?: number;
  /** PEM; makes the addresses `https:`. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A server that stands in for an upstream: real sockets on loopback, its own port. */
export interface StandIn {
  /** `http://127.0.0.1:PORT`, no slash at the end. */
  readonly url: string;
  /** All that arrived, also what a fault then befell. */
  readonly requests: readonly StandInRequest[];
  /** What the handler threw, with the request's method and path: each is a mistake of the one who asked. It was answered 400. */
  readonly unexpected: readonly string[];
  /** The most requests that were in work at one moment. */
  readonly maxConcurrent: number;
  /** A second origin, to which `redirect-other-origin` leads. It answers as this one does; what it received is here. */
  readonly other: { readonly url: string; readonly requests: readonly StandInRequest[] };
  /** How often the present fault has befallen a request. */
  readonly bites: number;
  /** From now on this fault; `undefined` ends it. */
  misbehave(fault: Fault | undefined): void;
  /** Destroys every socket, also those of answers that never end. */
  close(): Promise<void>;
}

/**
 * Starts a stand-in. `handle` answers what a faithful upstream would, and throws on what the upstream would not understand or the test
 * did not expect.
 */
export async function startStandIn(
  handle: (request: StandInRequest) => StandInAnswer | Promise<StandInAnswer>,
  options: StandInOptions = {},
): Promise<StandIn> {
  const requests: StandInRequest[] = [];
  const otherRequests: StandInRequest[] = [];
  const unexpected: string[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let fault: Fault | undefined;
  let count = 0;
  /** What was asked since the fault began. */
  const asked = new Set<string>();
  let bites = 0;
  let working = 0;
  let maxConcurrent = 0;
  let closed = false;

  async function usual(request: StandInRequest): Promise<StandInAnswer> {
    try {
      return await handle(request);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      unexpected.push(`${request.method} ${request.path}: ${reason}`);
      return { status: 400, body: `not expected by the stand-in: ${reason}` };
    }
  }

  async function answer(request: StandInRequest, response: ServerResponse): Promise<void> {
    const send = (given: StandInAnswer) => sendAnswer(response, request.method, given);
    const present = fault;
    if (present === undefined) return send(await usual(request));
    count += 1;
    const same = JSON.stringify([request.method, request.path, String(request.query), request.body]);
    const isNew = !asked.has(same);
    asked.add(same);
    if (present.when !== undefined && !present.when(request, count, isNew)) return send(await usual(request));
    let made: Promise<StandInAnswer> | undefined;
    const scene: FaultScene = {
      request,
      response,
      otherUrl,
      send,
      usual: () => {
        made ??= usual(request);
        return made;
      },
      stopListening: () => {
        main.close();
      },
      every: (ms, work) => {
        const timer = setInterval(work, ms);
        timers.add(timer);
        response.once('close', () => {
          clearInterval(timer);
          timers.delete(timer);
        });
      },
    };
    bites += 1;
    if ((await present.act(scene)) !== false) return;
    bites -= 1;
    send(await scene.usual());
  }

  function listener(record: StandInRequest[], work: (request: StandInRequest, response: ServerResponse) => Promise<void>) {
    return async (incoming: IncomingMessage, response: ServerResponse) => {
      response.on('error', () => {});
      incoming.on('error', () => {});
      working += 1;
      maxConcurrent = Math.max(maxConcurrent, working);
      response.once('close', () => {
        working -= 1;
      });
      const bytes = await readBytes(incoming);
      if (bytes === undefined) return;
      const request = requestOf(incoming, bytes, record.length + 1);
      record.push(request);
      if (options.latencyMs !== undefined) await later(options.latencyMs, timers);
      await work(request, response);
    };
  }

  const main = createOne(options, listener(requests, answer));
  const other = createOne(
    options,
    listener(otherRequests, async (request, response) => sendAnswer(response, request.method, await usual(request))),
  );
  const port = await listen(main, 0);
  const scheme = options.tls ? 'https' : 'http';
  const otherUrl = `${scheme}://127.0.0.1:${await listen(other, 0)}`;

  return {
    url: `${scheme}://127.0.0.1:${port}`,
    requests,
    unexpected,
    other: { url: otherUrl, requests: otherRequests },
    get maxConcurrent() {
      return maxConcurrent;
    },
    get bites() {
      return bites;
    },
    misbehave(next) {
      fault = next;
      count = 0;
      asked.clear();
      bites = 0;
      if (!main.listening && !closed) main.listen(port, '127.0.0.1');
    },
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all([stop(main), stop(other)]);
    },
  };
}

function createOne(options: StandInOptions, listener: (incoming: IncomingMessage, response: ServerResponse) => void): Server {
  return options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function stop(server: Server): Promise<void> {
  const done = server.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
  server.closeAllConnections();
  await done;
}

/** The whole body; undefined when the connection broke first. */
async function readBytes(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

function requestOf(incoming: IncomingMessage, bytes: Buffer, number: number): StandInRequest {
  const target = incoming.url ?? '/';
  const mark = target.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers: incoming.headers,
    body: bytes.toString('utf8'),
    bytes,
    number,
  };
}

function sendAnswer(response: ServerResponse, method: string, answer: StandInAnswer): void {
  if (response.destroyed) return;
  const { body } = answer;
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
  const bytes = body instanceof Uint8Array ? body : Buffer.from(textOf(body));
  const status = answer.status ?? 200;
  const headers: Record<string, string> = { ...(body !== undefined && { 'content-type': type }) };
  for (const [name, value] of Object.entries(answer.headers ?? {})) headers[name.toLowerCase()] = value;
  if (status !== 204 && status !== 304) headers['content-length'] = String(bytes.byteLength);
  response.writeHead(status, headers);
  response.end(method === 'HEAD' || status === 204 || status === 304 ? undefined : bytes);
}

function later(ms: number, timers: Set<NodeJS.Timeout>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      resolve();
    }, ms);
    timers.add(timer);
  });
}
