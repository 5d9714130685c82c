import { messageOf, PermanentError, type ProviderContext, SplitError } from '../../sdk/index.ts';
import { type Feed, search } from './feed.ts';
import { better, idOf, readPackage } from './package.ts';
import { keyOf, mostTake, type Package, type SearchPage } from './schema.ts';

/** What nuget.org allows. https://learn.microsoft.com/en-us/nuget/api/search-query-service-resource#request-parameters */
const mostSkip = 3000;

/** Why fewer were told than are on the pages. */
const repeated = 'pages repeated';

/** What one endpoint lists of an owner. */
interface Listing {
  /** How many it says there are. */
  readonly hits: number;
  /** Lower-case id → package. */
  readonly found: Map<string, Package>;
  /** Ids (or places) of items that could not be taken → why. */
  readonly wrong: Map<string, string>;
  /** Why no further page was asked for: what the reason is if something is missing. */
  readonly end: string;
}

/** All listed packages of an owner, each as the endpoint with the highest total tells of it. What is missing is a problem. */
export async function findOwned(feed: Feed, owner: string, context: ProviderContext): Promise<readonly Package[]> {
  const listings = await feed.ask(context, (endpoint) => list(endpoint, owner, context));
  const found = new Map<string, Package>();
  const wrong = new Map<string, string>();
  for (const listing of listings) {
    for (const [key, one] of listing.found) found.set(key, better(found.get(key), one) ?? one);
    for (const [item, reason] of listing.wrong) wrong.set(item, reason);
  }
  const hits = Math.max(...listings.map((listing) => listing.hits));
  if (hits === 0 && found.size + wrong.size === 0) {
    throw new PermanentError(`no package of owner ${owner} is listed: check the name`, { kind: 'not-found' });
  }
  for (const item of wrong.keys()) if (found.has(keyOf(item))) wrong.delete(item);
  for (const [item, reason] of wrong) context.problem(item, new PermanentError(reason));
  const missing = hits - found.size - wrong.size;
  if (missing > 0) {
    // An endpoint that knows of fewer has listed all of those.
    const short = listings.filter((listing) => listing.found.size + listing.wrong.size < listing.hits);
    const reason = [...new Set(short.map(({ end }) => end))].join('; ') || repeated;
    context.problem(owner, new PermanentError(`${missing} of ${hits} packages were not listed: ${reason}`, { kind: 'incomplete' }));
  }
  return [...found.values()];
}

/** Pages through what one endpoint lists, until its end, a page that brings nothing new, or what `skip` allows. */
async function list(endpoint: string, owner: string, context: ProviderContext): Promise<Listing> {
  const found = new Map<string, Package>();
  const wrong = new Map<string, string>();
  let hits = 0;
  let foreign = 0;
  let take = mostTake;
  let skip = 0;
  let end: string | undefined;
  while (end === undefined) {
    const got = await page(endpoint, owner, { skip, take }, context);
    take = got.take;
    hits = Math.max(hits, got.page.totalHits);
    const before = found.size + wrong.size;
    for (const [place, item] of got.page.data.entries()) {
      const read = readOwned(item, owner, `item ${skip + place + 1} of ${owner}`);
      if ('package' in read) {
        found.set(keyOf(read.package.id), read.package);
        continue;
      }
      wrong.set(read.item, read.reason);
      if (read.isForeign) foreign++;
    }
    skip += got.page.data.length;
    if (got.page.data.length === 0) end = `the list breaks off after ${skip}`;
    else if (skip >= hits || found.size + wrong.size === before) end = repeated;
    else if (skip >= mostSkip + mostTake) end = `a search is not answered past ${mostSkip + mostTake} packages`;
    else if (skip > mostSkip) end = `a search skips ${mostSkip} packages at most, and its pages are so small that they end at ${skip}`;
  }
  if (foreign > 0 && found.size === 0) {
    // A search that does not know `owner:` ignores it and answers with all packages.
    throw new PermanentError(
      `asked for the packages of ${owner}, the search answered with those of others: it does not know the condition "owner:"`,
    );
  }
  return { hits, found, wrong, end };
}

/** One page, with fewer items where a page is too large; `take` is how many were asked for in the end. */
async function page(endpoint: string, owner: string, range: { readonly skip: number; readonly take: number }, context: ProviderContext) {
  let { take } = range;
  for (;;) {
    try {
      const query = { q: `owner:${owner}`, skip: range.skip, take };
      const answer: SearchPage = await search(context, endpoint, query, `packages of ${owner} from ${range.skip + 1}`);
      return { page: answer, take };
    } catch (error) {
      if (!(error instanceof SplitError) || take === 1) throw error;
      take = Math.ceil(take / 2);
    }
  }
}

type Read = { readonly package: Package } | { readonly item: string; readonly reason: string; readonly isForeign: boolean };

function readOwned(item: unknown, owner: string, place: string): Read {
  try {
    const read = readPackage(item);
    if (read.owners.some((one) => keyOf(one) === keyOf(owner))) return { package: read };
    const reason = `was listed for ${owner}, but names ${read.owners.join(', ') || 'nobody'} as its owners`;
    return { item: read.id, reason, isForeign: true };
  } catch (error) {
    return { item: idOf(item) ?? place, reason: messageOf(error), isForeign: false };
  }
}
