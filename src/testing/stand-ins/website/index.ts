import { gzipSync } from 'node:zlib';
import {
  type Fault,
  type FaultName,
  type StandIn,
  type StandInAnswer,
  type StandInOptions,
  type StandInRequest,
  startStandIn,
  transportFault,
} from '../../stand-in.ts';

export * from './apart.ts';
export * from './certificate.ts';
export * from './database.ts';
export * from './dns.ts';
export * from './site.ts';

/** What the front page says. */
export const welcome = 'Welcome to the café';

const page = `<!doctype html><html lang="en"><head><title>Home</title></head><body class="front"><h1>${welcome}</h1></body></html>`;
const html = { 'content-type': 'text/html; charset=utf-8' };
export const hugeBytes = 20 * 1024 * 1024;

/**
 * A website: `/` and `/site/NAME` are the front page, `/status/N` answers N, `/redirect/N` takes N steps to the front page, `/to` leads to its
 * parameter `url` (with `status`), `/loop` to itself, `/away` to no http address; `/latin1`, `/meta-latin1`, `/gzip` and `/gzip-broken` are the
 * front page otherwise packed, `/bomb` unpacks to 64 MiB, `/huge` is 20 MiB long, `/empty` has no body, `/spaces` hurts patterns.
 */
export function startWebsite(options: StandInOptions = {}): Promise<StandIn> {
  return startStandIn(answerOf, options);
}

function answerOf(request: StandInRequest): StandInAnswer {
  const [, first = '', second = ''] = request.path.split('/');
  const make = pages[first];
  if (!make) throw new Error(`there is no page ${request.path}`);
  return make(second, request);
}

const pages: Readonly<Record<string, (argument: string, request: StandInRequest) => StandInAnswer>> = {
  '': () => ({ headers: html, body: page }),
  site: () => ({ headers: html, body: page }),
  status: (status) => ({ status: Number(status), headers: html, body: `<p>${status}</p>` }),
  redirect: (steps) =>
    Number(steps) === 0 ? { headers: html, body: page } : { status: 302, headers: { location: `../redirect/${Number(steps) - 1}` } },
  to: (_, { query }) => ({ status: Number(query.get('status') ?? 302), headers: { location: query.get('url') ?? '/' } }),
  loop: () => ({ status: 301, headers: { location: '/loop' } }),
  away: () => ({ status: 302, headers: { location: 'mailto:nobody@example.org' } }),
  latin1: () => ({ headers: { 'content-type': 'text/html; charset=ISO-8859-1' }, body: Buffer.from(page, 'latin1') }),
  'meta-latin1': () => ({ headers: { 'content-type': 'text/html' }, body: Buffer.from(`<meta charset="iso-8859-1">${page}`, 'latin1') }),
  gzip: () => ({ headers: { ...html, 'content-encoding': 'gzip' }, body: gzipSync(page) }),
  'gzip-broken': () => ({ headers: { ...html, 'content-encoding': 'gzip' }, body: gzipSync(page.repeat(100)).subarray(0, 100) }),
  bomb: () => ({ headers: { ...html, 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(64 * 1024 * 1024, 'a')) }),
  huge: () => ({ headers: html, body: Buffer.alloc(hugeBytes, 'a') }),
  empty: () => ({ headers: html, body: '' }),
  spaces: () => ({ headers: html, body: `${'a'.repeat(60)}!` }),
};

const transport = [
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
  'invalid-utf8',
  'redirect-other-origin',
] as const;

export const faults: Partial<Record<FaultName, Fault>> = Object.fromEntries(transport.map((name) => [name, transportFault(name)]));

const noPages = 'a website is one page: there is no second to ask for';
const noNumbers = 'a page is text to a check: no number is read from it';

export const cannot: Partial<Record<FaultName, string>> = {
  'page-twice': noPages,
  'endless-pages': noPages,
  'cursor-repeats': noPages,
  nan: noNumbers,
  'unsafe-integer': noNumbers,
  negative: noNumbers,
  'number-as-string': noNumbers,
  'falling-counter': noNumbers,
  'missing-field': 'a page has no fields',
  'extra-field': 'a page has no fields',
};

/**
 * What a check of a site that must match `welcome` says under each fault, once: downtime is data, so each is a point, and the run is ok.
 * The request during which a server dies is cut off (`reset`); the next are refused.
 */
export const expected: Readonly<Record<(typeof transport)[number], string>> = {
  refuse: 'reset',
  hang: 'timeout',
  drip: 'timeout',
  reset: 'reset',
  truncate: 'reset',
  'html-200': 'match',
  'error-200': 'match',
  '202': 'match',
  '204': 'match',
  'redirect-loop': 'redirect',
  '401': 'status',
  '403-scope': 'status',
  '403-rate': 'status',
  '403-html': 'status',
  '404': 'status',
  '413': 'status',
  '429-seconds': 'status',
  '429-date': 'status',
  '429-bare': 'status',
  '429-absurd': 'status',
  '500-then-well': 'status',
  '502-html': 'status',
  'invalid-utf8': 'ok',
  'redirect-other-origin': 'ok',
};
