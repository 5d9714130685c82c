import { gzipSync } from 'node:zlib';
import { type StandIn, type StandInAnswer, type StandInRequest, startStandIn } from '../../stand-in.ts';
import { askedBetween, numbersOf, type StackTag } from './world.ts';

export { cannot, faults } from './faults.ts';
export { numbersOf, type StackTag } from './world.ts';

export interface StackoverflowOptions {
  readonly tags: readonly StackTag[];
  /** Default `stackoverflow`. */
  readonly site?: string;
  /** The one key that is known; any other is refused. Asked without one, the address has its smaller quota. */
  readonly key?: string;
  /** Requests that are left of the day, with a key and without; default 10,000 and 300. */
  readonly quota?: number;
  /** Seconds for which a method is not to be called again, told with the answer to its `count`th call (from 1). */
  readonly backoff?: (method: string, count: number) => number | undefined;
  /** The clock by which a `backoff` is held; default the machine's. */
  readonly now?: () => Date;
  readonly latencyMs?: number;
}

export interface StackoverflowStandIn extends StandIn {
  /** The provider's `baseUrl`. */
  readonly baseUrl: string;
  /** Methods that were called before their `backoff` was over. */
  readonly tooSoon: readonly string[];
}

/** The filter that includes `.total` in the default fields, and what it includes of the wrapper. */
const filter = '!nNPvSNVZJS';
const included = [
  '.backoff',
  '.error_id',
  '.error_message',
  '.error_name',
  '.has_more',
  '.items',
  '.quota_max',
  '.quota_remaining',
  '.total',
];

/** https://api.stackexchange.com/docs/questions */
const listParameters = ['page', 'pagesize', 'fromdate', 'todate', 'order', 'min', 'max', 'sort', 'site', 'filter', 'key'];
const methods: Readonly<Record<string, readonly string[]>> = {
  '/questions': [...listParameters, 'tagged'],
  '/questions/unanswered': [...listParameters, 'tagged'],
  '/questions/no-answers': [...listParameters, 'tagged'],
  '/tags/{tags}/info': listParameters,
  '/filters/{filters}': ['filter', 'key'],
};

/**
 * Starts an API of Stack Exchange, version 2.3: https://api.stackexchange.com/docs. Its answers are compressed, whatever is asked for;
 * each refusal has status 400.
 */
export async function startStackoverflow(options: StackoverflowOptions): Promise<StackoverflowStandIn> {
  const { site = 'stackoverflow', now = () => new Date() } = options;
  const calls = new Map<string, number>();
  const closedUntil = new Map<string, number>();
  const tooSoon: string[] = [];
  const used = { keyed: 0, open: 0 };

  function answer({ method: verb, path, query }: StandInRequest): StandInAnswer {
    if (verb !== 'GET') throw new Error('only GET is known');
    const { method, names } = methodOf(path);
    checkParameters(method, query);
    const key = query.get('key');
    if (key !== null && key !== options.key) return refuse(400, 'bad_parameter', "`key` doesn't match a known application");
    const quotaMax = options.quota ?? (key === null ? 300 : 10_000);
    const pool = key === null ? 'open' : 'keyed';
    if (used[pool] >= quotaMax) {
      const seconds = 86_400 - (Math.floor(now().getTime() / 1000) % 86_400);
      return refuse(502, 'throttle_violation', `too many requests from this IP, more requests available in ${seconds} seconds`);
    }
    used[pool] += 1;
    if (now().getTime() < (closedUntil.get(method) ?? 0)) {
      tooSoon.push(method);
      return refuse(502, 'throttle_violation', 'Violation of backoff parameter');
    }
    const count = (calls.get(method) ?? 0) + 1;
    calls.set(method, count);
    const backoff = options.backoff?.(method, count);
    if (backoff !== undefined) closedUntil.set(method, now().getTime() + backoff * 1000);
    const cost = { ...(backoff !== undefined && { backoff }), quota_max: quotaMax, quota_remaining: quotaMax - used[pool] };
    if (method === '/filters/{filters}') {
      const items = names.map((name) => ({ filter: name, filter_type: 'safe', included_fields: included }));
      return compressed({ items, has_more: false, ...cost });
    }
    if (query.get('site') === null) return refuse(400, 'bad_parameter', 'site is required');
    if (query.get('site') !== site) return refuse(400, 'bad_parameter', `No site found for name \`${query.get('site')}\``);
    if (query.get('filter') !== filter) throw new Error(`the filter ${query.get('filter')} is not known here`);
    if (method === '/tags/{tags}/info') return compressed(tagInfo(names, cost));
    return compressed(questions(method, query, cost));
  }

  function tagInfo(names: readonly string[], cost: object) {
    if (names.length > 20) throw new Error('at most 20 tags');
    const items = options.tags
      .filter(({ name }) => names.includes(name))
      .map((one) => ({
        has_synonyms: false,
        is_moderator_only: false,
        is_required: false,
        count: numbersOf(one).questions,
        name: one.name,
      }));
    return { items, has_more: false, ...cost, total: items.length };
  }

  /** Of a tag that does not exist there are none. */
  function questions(method: string, query: URLSearchParams, cost: object) {
    const pagesize = wholeNumber(query.get('pagesize') ?? '30', 100, 'pagesize');
    const tagged = query.get('tagged');
    if (tagged === null || tagged.includes(';')) throw new Error('one tag is asked for');
    const tag = options.tags.find(({ name }) => name === tagged);
    const total = tag === undefined ? 0 : totalOf(tag, method, query);
    const items = Array.from({ length: Math.min(pagesize, total) }, (_, place) => ({ question_id: place + 1, tags: [tagged] }));
    return { items, has_more: total > items.length, ...cost, total };
  }

  const standIn = await startStandIn(answer, { ...(options.latencyMs !== undefined && { latencyMs: options.latencyMs }) });
  return Object.defineProperties(standIn, {
    baseUrl: { value: `${standIn.url}/2.3` },
    tooSoon: { value: tooSoon },
  }) as StackoverflowStandIn;
}

function totalOf(tag: StackTag, method: string, query: URLSearchParams): number {
  const numbers = numbersOf(tag);
  const [from, to] = [query.get('fromdate'), query.get('todate')];
  if (from !== null || to !== null) {
    if (method !== '/questions' || from === null || to === null) throw new Error('a range has two ends, and is one of all questions');
    return askedBetween(tag, wholeNumber(from, 253_402_300_799, 'fromdate'), wholeNumber(to, 253_402_300_799, 'todate'));
  }
  if (method === '/questions/unanswered') return numbers.unanswered;
  return method === '/questions/no-answers' ? numbers.noAnswers : numbers.questions;
}

function methodOf(path: string): { readonly method: string; readonly names: readonly string[] } {
  if (!path.startsWith('/2.3/')) throw new Error('no such version');
  const rest = path.slice('/2.3'.length);
  const tags = /^\/tags\/([^/]+)\/info$/.exec(rest)?.[1];
  if (tags !== undefined) return { method: '/tags/{tags}/info', names: tags.split(';').map(decodeURIComponent) };
  const filters = /^\/filters\/([^/]+)$/.exec(rest)?.[1];
  if (filters !== undefined) return { method: '/filters/{filters}', names: filters.split(';').map(decodeURIComponent) };
  if (!Object.hasOwn(methods, rest)) throw new Error('no such method');
  return { method: rest, names: [] };
}

function checkParameters(method: string, query: URLSearchParams): void {
  const known = methods[method] ?? [];
  for (const name of query.keys()) {
    if (!known.includes(name)) throw new Error(`${method} has no parameter ${name}`);
    if (query.getAll(name).length > 1) throw new Error(`${name} is given twice`);
  }
}

function wholeNumber(text: string, most: number, name: string): number {
  if (!/^\d+$/.test(text) || Number(text) > most) throw new Error(`${name} must be a whole number of at most ${most}, not ${text}`);
  return Number(text);
}

function refuse(id: number, name: string, message: string): StandInAnswer {
  return compressed({ error_id: id, error_message: message, error_name: name }, 400);
}

function compressed(body: object, status = 200): StandInAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'content-encoding': 'gzip' },
    body: gzipSync(JSON.stringify(body)),
  };
}
