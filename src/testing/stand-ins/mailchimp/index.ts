import { type StandIn, type StandInAnswer, type StandInRequest, startStandIn } from '../../stand-in.ts';
import { automationAnswer, dayAnswer, listAnswer, monthAnswer, problem, reportAnswer } from './answers.ts';
import { activity, automations, type Endpoint, growth, lists, reports } from './documented.ts';
import { type MailchimpWorld, numbersOf } from './world.ts';

export { cannot, faults } from './faults.ts';
export * from './world.ts';

export interface MailchimpOptions extends MailchimpWorld {
  /** The only key that it accepts. */
  readonly key: string;
  /** It never answers with more than this on a page. Default 1,000, as Mailchimp. */
  readonly pageSize?: number;
  readonly latencyMs?: number;
}

export type MailchimpStandIn = StandIn;

/** Starts an account of Mailchimp's Marketing API. It reads only: any other method is unexpected, as is what the schema does not know. */
export async function startMailchimp(options: MailchimpOptions): Promise<MailchimpStandIn> {
  return startStandIn((request) => answer(request, options), { ...(options.latencyMs !== undefined && { latencyMs: options.latencyMs }) });
}

function answer(request: StandInRequest, options: MailchimpOptions): StandInAnswer {
  const { method, path } = request;
  if (method !== 'GET') throw new Error('only GET is known');
  if (keyIn(request) !== options.key) {
    return problem(401, 'API Key Invalid', "Your API key may be invalid, or you've attempted to access the wrong datacenter.");
  }
  if (path === '/3.0/ping') return { body: { health_status: "Everything's Chimpy!" } };
  if (lists.path.test(path)) return page(request, lists, options.lists.map(listAnswer), options);
  if (reports.path.test(path)) return page(request, reports, sentIn(request.query, options), options);
  if (automations.path.test(path)) return page(request, automations, (options.automations ?? []).map(automationAnswer), options);
  for (const [endpoint, itemsOf] of [
    [activity, daysOf],
    [growth, monthsOf],
  ] as const) {
    const id = endpoint.path.exec(path)?.[1];
    const list = options.lists.find((one) => one.id === id);
    if (id === undefined) continue;
    if (list === undefined) return problem(404, 'Resource Not Found', 'The requested resource could not be found.');
    return page(request, endpoint, itemsOf(numbersOf(list), request.query), options, { list_id: id });
  }
  throw new Error('no such resource');
}

type Numbers = ReturnType<typeof numbersOf>;

function daysOf({ id, days, again }: Numbers): readonly object[] {
  return days.map((day) => dayAnswer(id, day, again[day]));
}

function monthsOf({ id, months, again }: Numbers, query: URLSearchParams): readonly object[] {
  const [field, direction] = [query.get('sort_field'), query.get('sort_dir') ?? 'ASC'];
  if (field !== null && field !== 'month') throw new Error(`months cannot be sorted by ${field}`);
  if (direction !== 'ASC' && direction !== 'DESC') throw new Error(`there is no direction ${direction}`);
  const sorted = months.toSorted();
  return (direction === 'DESC' ? sorted.reverse() : sorted).map((month) => monthAnswer(id, month, again[month]));
}

/** Any user, and the key. */
function keyIn({ headers }: StandInRequest): string | undefined {
  const [scheme, text = ''] = (headers.authorization ?? '').split(' ');
  return scheme === 'Basic' ? /^[^:]*:(.*)$/s.exec(Buffer.from(text, 'base64').toString())?.[1] : undefined;
}

/** Later than the one time, and earlier than the other. */
function sentIn(query: URLSearchParams, { campaigns = [] }: MailchimpOptions): readonly object[] {
  const since = timeOf(query, 'since_send_time') ?? Number.NEGATIVE_INFINITY;
  const before = timeOf(query, 'before_send_time') ?? Number.POSITIVE_INFINITY;
  const answers = campaigns.map(reportAnswer);
  return answers.filter(({ send_time: sent }) => sent === '' || (Date.parse(sent) > since && Date.parse(sent) < before));
}

function timeOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/.test(text)) throw new Error(`${name} is no time: ${text}`);
  return Date.parse(text);
}

function page(request: StandInRequest, endpoint: Endpoint, items: readonly object[], options: MailchimpOptions, more: object = {}) {
  const { query } = request;
  const known = new Set([...endpoint.parameters, 'fields', 'exclude_fields']);
  for (const name of new Set(query.keys())) {
    if (!known.has(name)) throw new Error(`there is no parameter ${name}`);
    if (query.getAll(name).length > 1) throw new Error(`the parameter ${name} stands twice`);
  }
  const count = Math.min(wholeNumber(query, 'count', 10, 1000), options.pageSize ?? 1000);
  const offset = wholeNumber(query, 'offset', 0, Number.MAX_SAFE_INTEGER);
  const body = { [endpoint.property]: items.slice(offset, offset + count), total_items: items.length, ...more };
  const fields = query.get('fields')?.split(',');
  if (fields === undefined) return { body: { ...body, _links: [] } };
  const top = [endpoint.property, 'total_items', ...Object.keys(more)];
  for (const field of fields) {
    const [first = '', ...inner] = field.split('.');
    const isKnown = inner.length === 0 ? top.includes(first) : first === endpoint.property && endpoint.fields.includes(inner.join('.'));
    if (!isKnown) throw new Error(`there is no field ${field}`);
  }
  return { body: only(body, wantedOf(fields)) };
}

function wholeNumber(query: URLSearchParams, name: string, usual: number, most: number): number {
  const text = query.get(name);
  if (text === null) return usual;
  if (!/^\d+$/.test(text) || Number(text) > most) throw new Error(`${name} must be a whole number of at most ${most}, not ${text}`);
  return Number(text);
}

/** What is wanted below a property: all of it, where that is nothing in particular. */
interface Wanted extends Map<string, Wanted> {}

function wantedOf(paths: readonly string[]): Wanted {
  const top: Wanted = new Map();
  for (const path of paths) {
    let place = top;
    for (const name of path.split('.')) {
      const next = place.get(name) ?? new Map();
      place.set(name, next);
      place = next;
    }
  }
  return top;
}

/** What the paths lead to, and nothing else. */
function only(value: object, wanted: Wanted): object {
  const kept: Record<string, unknown> = {};
  for (const [name, below] of wanted) {
    const inner: unknown = (value as Readonly<Record<string, unknown>>)[name];
    if (inner === undefined) continue;
    if (below.size === 0) kept[name] = inner;
    else kept[name] = Array.isArray(inner) ? inner.map((one) => only(one, below)) : only(inner as object, below);
  }
  return kept;
}
