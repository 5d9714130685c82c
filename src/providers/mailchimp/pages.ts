import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError, SplitError } from '../../sdk/errors.ts';
import type { Client, Marketing, Query } from './client.ts';
import { pageOf } from './schema.ts';

/** The most that Mailchimp gives at once; it gives 10 where it is not asked. https://mailchimp.com/developer/marketing/docs/methods-parameters/#pagination */
const pageSize = 1000;
/** Of one collection: far more than an account has of anything here. */
const mostItems = 50_000;
/** Good answers in a row, after which twice as many items are asked for, where it had to be fewer. */
const upturn = 4;
/** Pages in a row that bring nothing new, after which a collection is taken for one that never ends. */
const patience = 3;

/** A collection of Mailchimp's. */
export interface Collection {
  /** What its items are, in words: `campaigns`, `days of a1b2c3d4e5`. */
  readonly what: string;
  /** The property of an answer in which they are. */
  readonly property: string;
  /** The property of an item that tells it from the others. */
  readonly key: string;
  /** The properties of an item to ask for, with dots, besides the key. */
  readonly fields: readonly string[];
  call(api: Marketing, query: Query): Promise<URL>;
}

export interface Item {
  readonly key: string;
  readonly item: unknown;
}

/** All items of a collection, each once, page after page. What is missing, or has no key, is a problem. */
export async function* readAll(collection: Collection, client: Client, context: ProviderContext): AsyncGenerator<Item> {
  const { what, key: property } = collection;
  const seen = new Set<string>();
  let unnamed = 0;
  let offset = 0;
  let count = pageSize;
  let total: number | undefined;
  let stale = 0;
  let good = 0;
  let isEnd = false;
  while (!isEnd && stale < patience && offset < mostItems) {
    const page = await askPage(collection, { offset, count }, client, context);
    good = page.count < count ? 1 : good + 1;
    count = page.count;
    if (good >= upturn) [count, good] = [Math.min(pageSize, count * 2), 0];
    total = page.total ?? total;
    const before = seen.size + unnamed;
    for (const [place, item] of page.items.entries()) {
      const key = keyOf(item, property);
      if (key === undefined) {
        unnamed += 1;
        const error = new PermanentError(`Mailchimp answered with one of the ${what} that has no ${property}`);
        context.problem(`${what} #${offset + place + 1}`, error);
      } else if (!seen.has(key)) {
        seen.add(key);
        yield { key, item };
      }
    }
    offset += page.items.length;
    stale = seen.size + unnamed === before ? stale + 1 : 0;
    // A page may hold fewer items than were asked for: where no total is told, only an empty one is the end.
    isEnd = page.items.length === 0 || (total !== undefined && offset >= total);
  }
  if (total === undefined && !isEnd) {
    const message = `the ${what} did not end, and Mailchimp does not tell how many there are: pages repeated, or went on`;
    context.problem(what, new PermanentError(message, { kind: 'incomplete' }));
  }
  const missing = (total ?? 0) - seen.size - unnamed;
  if (missing > 0) {
    const message = `${missing} of ${total} ${what} were not listed: pages repeated, were cut, or did not end`;
    context.problem(what, new PermanentError(message, { kind: 'incomplete' }));
  }
}

/** One page, with fewer items where it is too large; `count` is how many were asked for in the end. */
async function askPage(
  { what, property, key, fields, call }: Collection,
  range: { readonly offset: number; readonly count: number },
  client: Client,
  context: ProviderContext,
) {
  const { offset } = range;
  let { count } = range;
  const wanted = ['total_items', ...[key, ...fields].map((field) => `${property}.${field}`)];
  for (;;) {
    try {
      const place = offset === 0 ? what : `${what} from ${offset + 1}`;
      const query = { fields: wanted, count, offset };
      const { items, total } = await client.ask(context, place, pageOf(property), (api) => call(api, query));
      if (items.length > count) throw new PermanentError(`asked for ${count} ${what}, Mailchimp answered with ${items.length}`);
      return { items, total: total ?? undefined, count };
    } catch (error) {
      if (!(error instanceof SplitError) || count === 1) throw error;
      count = Math.ceil(count / 2);
    }
  }
}

function keyOf(item: unknown, property: string): string | undefined {
  const key = typeof item === 'object' && item !== null ? (item as Readonly<Record<string, unknown>>)[property] : undefined;
  return typeof key === 'string' && key !== '' ? key : undefined;
}
