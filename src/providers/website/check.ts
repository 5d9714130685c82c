import type { IncomingMessage } from 'node:http';
import type { LookupFunction } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { echoes } from './echo.ts';
import { Failed } from './failed.ts';
import { beginHop, enter, failed, type Hop, sumOf, visit } from './hop.ts';
import { bodyCap, isWell, type Order, type Outcome, type Page, type Phase, pageCap, phases } from './order.ts';

/** What the checks of one thread share. */
export interface Tools {
  readonly lookup: LookupFunction;
  /** What is trusted: the authorities of the PEM text, or the system's. Costly to make, so kept. */
  secureContext(ca: string | undefined): SecureContext;
}

export function createTools(lookup: LookupFunction): Tools {
  // The first one reads the system's authorities (10 ms): not while a check is under way.
  const contexts = new Map<string | undefined, SecureContext>([[undefined, createSecureContext()]]);
  return {
    lookup,
    secureContext(ca) {
      const known = contexts.get(ca);
      if (known) return known;
      const made = createSecureContext(ca === undefined ? {} : { ca });
      contexts.set(ca, made);
      return made;
    },
  };
}

/** What is known so far; filled on the way, so that it is there when the way ends early. */
interface Walk {
  readonly started: number;
  readonly hops: Hop[];
  redirects: number;
  status?: number | undefined;
  bytes?: number | undefined;
  responseMs?: number | undefined;
  page?: Page | undefined;
}

/** What the next hop asks. */
interface Step {
  readonly url: URL;
  readonly method: string;
  readonly body: string | undefined;
  /** It has not left the first origin. */
  readonly own: boolean;
}

/**
 * Makes one check. Resolves with what was seen, also when the site is down; rejects when nothing may be said of the site: `cancel` was
 * aborted, or this machine could not make the check.
 */
export async function check(order: Order, tools: Tools, cancel: AbortSignal): Promise<Outcome> {
  const walk: Walk = { started: performance.now(), hops: [], redirects: 0 };
  const limit = AbortSignal.timeout(order.timeoutMs);
  const ended = new AbortController();
  const onLimit = () => ended.abort(new Failed('timeout', `no answer within ${order.timeoutMs} ms`));
  const onCancel = () => ended.abort(cancel.reason);
  limit.addEventListener('abort', onLimit, { once: true });
  cancel.addEventListener('abort', onCancel, { once: true });
  try {
    cancel.throwIfAborted();
    let step: Step | undefined = { url: new URL(order.url), method: order.method, body: order.body, own: true };
    while (step) step = await take(step, order, tools, walk, ended.signal);
    return outcomeOf(walk, undefined);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return outcomeOf(walk, error);
  } finally {
    limit.removeEventListener('abort', onLimit);
    cancel.removeEventListener('abort', onCancel);
  }
}

/** Takes one step; the next when it was a redirect, none when its answer is the one to judge. */
async function take(step: Step, order: Order, tools: Tools, walk: Walk, signal: AbortSignal): Promise<Step | undefined> {
  const hop = beginHop();
  walk.hops.push(hop);
  walk.status = undefined;
  walk.responseMs = undefined;
  const headers = { ...order.headers, ...(step.own && order.ownHeaders) };
  const shared = { lookup: tools.lookup, secureContext: tools.secureContext(order.ca), signal };
  const response = await visit({ url: step.url, method: step.method, body: step.body, headers, ...shared }, hop);
  walk.status = response.statusCode ?? 0;
  const place = placeOf(response, order);
  if (place === undefined) await read(response, order, walk, hop, signal);
  else response.destroy();
  hop.phase = undefined;
  walk.responseMs = performance.now() - walk.started;
  if (place === undefined) return undefined;
  if (walk.redirects >= order.redirects) throw new Failed('redirect', `more than ${order.redirects} redirects`);
  const next = nextStep(step, walk.status, place);
  if (!next.own && echoes(next.url, order)) throw new Failed('redirect', 'it would take a secret that was sent to another origin');
  walk.redirects += 1;
  return next;
}

const redirecting: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where the answer leads; undefined when it is the one to judge. */
function placeOf(response: IncomingMessage, order: Order): string | undefined {
  const { statusCode = 0, headers } = response;
  if (order.redirects === 0 || !redirecting.has(statusCode) || isWell(statusCode, order.status)) return undefined;
  return headers.location;
}

/** As browsers do (https://fetch.spec.whatwg.org/#http-redirect-fetch), but a body may be a secret and stays at its origin. */
function nextStep({ url, method, body, own }: Step, status: number, place: string): Step {
  const next = URL.canParse(place, url) ? new URL(place, url) : undefined;
  if (!next || !/^https?:$/.test(next.protocol)) throw new Failed('redirect', 'it leads to no http address');
  const stillOwn = own && next.origin === url.origin;
  if ((status === 303 && method !== 'HEAD') || (status <= 302 && method === 'POST')) {
    return { url: next, method: 'GET', body: undefined, own: stillOwn };
  }
  if (!stillOwn && body !== undefined) throw new Failed('redirect', 'it would take the body to another origin');
  return { url: next, method, body, own: stillOwn };
}

async function read(response: IncomingMessage, order: Order, walk: Walk, hop: Hop, signal: AbortSignal): Promise<void> {
  const keeps = order.wantsBody && isWell(walk.status ?? 0, order.status);
  const kept: Buffer[] = [];
  walk.bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (keeps && walk.bytes < pageCap) kept.push(chunk.subarray(0, pageCap - walk.bytes));
      walk.bytes = Math.min(walk.bytes + chunk.byteLength, bodyCap);
      if (walk.bytes === bodyCap) break;
    }
  } catch (error) {
    throw failed(error, hop, signal);
  }
  enter(hop, undefined);
  if (keeps) walk.page = { body: joined(kept), type: response.headers['content-type'], encoding: response.headers['content-encoding'] };
}

/** One array of its own memory, so that it can be handed to another thread without a copy. */
function joined(chunks: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let place = 0;
  for (const chunk of chunks) {
    whole.set(chunk, place);
    place += chunk.byteLength;
  }
  return whole;
}

function outcomeOf(walk: Walk, failure: Failed | undefined): Outcome {
  const ms: Partial<Record<Phase, number>> = {};
  for (const phase of phases) {
    const sum = sumOf(walk.hops, phase);
    if (sum !== undefined) ms[phase] = sum;
  }
  const ends = walk.hops.flatMap((hop) => hop.certificateExpiresAt ?? []);
  return {
    broke: failure?.broke,
    detail: failure?.message,
    status: walk.status,
    responseMs: walk.responseMs,
    ms,
    bytes: walk.bytes,
    redirects: walk.redirects,
    certificateExpiresAt: ends.length === 0 ? undefined : Math.min(...ends),
    page: walk.page,
  };
}
