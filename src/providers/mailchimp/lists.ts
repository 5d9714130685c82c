import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import type { Point } from '../../sdk/point.ts';
import { readItem } from './item.ts';
import { activity, growth, list } from './measurements.ts';
import { type Collection, readAll } from './pages.ts';
import { holdsDate, type Range } from './range.ts';
import { Day, List, Month } from './schema.ts';
import type { MailchimpSession } from './session.ts';

/** What is wanted of each list. */
export interface Parts {
  readonly snapshot: boolean;
  readonly activity?: Range;
  readonly growth?: Range;
}

/** The ids of all lists that are wanted. One that is named and not there is a problem. */
export async function idsOf(session: MailchimpSession, context: ProviderContext): Promise<readonly string[]> {
  const found = await session.listed(context);
  const { lists } = session.settings;
  if (lists === undefined) return [...found.keys()];
  for (const id of lists) if (!found.has(id)) context.problem(id, notFound(id));
  return lists.filter((id) => found.has(id));
}

/** The list as it stands, its days and its months. What is wrong with one of them for good does not keep back the others. */
export async function* collectList(id: string, parts: Parts, session: MailchimpSession, context: ProviderContext): AsyncGenerator<Point> {
  if (parts.snapshot) yield* snapshot(id, session, context);
  if (parts.activity) yield* apart(`activity of ${id}`, days(id, parts.activity, session, context), context);
  if (parts.growth) yield* apart(`growth of ${id}`, months(id, parts.growth, session, context), context);
}

async function* snapshot(id: string, session: MailchimpSession, context: ProviderContext): AsyncGenerator<Point> {
  const found = await session.listed(context);
  if (!found.has(id)) throw notFound(id);
  const fields = readItem(List, found.get(id), { item: id, what: `list ${id}` }, context);
  if (fields) yield list.of({ tags: { list: id }, fields, time: context.at });
}

async function* days(id: string, range: Range, { client }: MailchimpSession, context: ProviderContext): AsyncGenerator<Point> {
  const fields = ['emails_sent', 'unique_opens', 'recipient_clicks', 'hard_bounce', 'soft_bounce', 'subs', 'unsubs'];
  const collection: Collection = {
    what: `days of ${id}`,
    property: 'activity',
    key: 'day',
    fields: [...fields, 'other_adds', 'other_removes'],
    call: (api, query) => api.lists.getListRecentActivity(id, query),
  };
  for await (const { key, item } of readAll(collection, client, context)) {
    const data = readItem(Day, item, { item: `${id} ${key}`, what: `list ${id} on ${key}` }, context);
    if (data && holdsDate(range, data.time, context.now())) yield activity.of({ tags: { list: id }, ...data });
  }
}

async function* months(id: string, range: Range, { client }: MailchimpSession, context: ProviderContext): AsyncGenerator<Point> {
  const collection: Collection = {
    what: `months of ${id}`,
    property: 'history',
    key: 'month',
    fields: ['subscribed', 'unsubscribed', 'reconfirm', 'cleaned', 'pending', 'deleted', 'transactional'],
    call: (api, query) => api.lists.getListGrowthHistory(id, { ...query, sort_field: 'month', sort_dir: 'DESC' }),
  };
  for await (const { key, item } of readAll(collection, client, context)) {
    const data = readItem(Month, item, { item: `${id} ${key}`, what: `list ${id} in ${key}` }, context);
    if (data && holdsDate(range, data.time, context.now())) yield growth.of({ tags: { list: id }, ...data });
  }
}

async function* apart(item: string, points: AsyncGenerator<Point>, context: ProviderContext): AsyncGenerator<Point> {
  try {
    yield* points;
  } catch (error) {
    if (!(error instanceof PermanentError) || context.signal.aborted) throw error;
    context.problem(item, error);
  }
}

function notFound(id: string): PermanentError {
  return new PermanentError(`the account has no list ${id}: correct "lists", or remove it there`, { kind: 'not-found' });
}
