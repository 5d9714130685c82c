import { unescape as percentDecoded } from 'node:querystring';
import { BlockedError, messageOf, PermanentError, type ProviderContext, TransientError } from '../../sdk/index.ts';
import { SearchPage, ServiceIndex } from './schema.ts';

/** The versions of the search service, best first. https://learn.microsoft.com/en-us/nuget/api/search-query-service-resource#versioning */
const searchTypes = ['SearchQueryService/3.5.0', 'SearchQueryService/3.0.0-rc', 'SearchQueryService/3.0.0-beta', 'SearchQueryService'];

/** nuget.org has two. */
const mostEndpoints = 16;

/** What is asked of a search endpoint. */
export interface Query {
  readonly q: string;
  readonly skip: number;
  readonly take: number;
}

/** The search endpoints of one service index, for one run. */
export interface Feed {
  /**
   * What `work` makes of each endpoint, of those where it succeeds. Those where it fails are told of once, and one that is down is not
   * asked again while another answers: a number of either is true. Throws the first failure when none answers.
   */
  ask<T>(context: ProviderContext, work: (endpoint: string) => Promise<T>): Promise<readonly T[]>;
}

/**
 * Reads the service index, and takes all instances of the best version of the search service that it names. `secrets` are those that
 * stand in its address: no instance at another origin is asked by an address that holds one of them.
 */
export async function openFeed(serviceIndex: string, context: ProviderContext, secrets: readonly string[] = []): Promise<Feed> {
  const resources = await context.http.json(ServiceIndex, serviceIndex, { what: 'the service index' });
  for (const type of searchTypes) {
    const endpoints = [...new Set(resources.filter((one) => one.type === type).map((one) => one.address))];
    if (endpoints.length > mostEndpoints) {
      const message = `the service index names ${endpoints.length} search endpoints, and each would be asked: more than ${mostEndpoints} are not`;
      throw new PermanentError(message, { kind: 'invalid-answer' });
    }
    for (const address of endpoints) keepAtOrigin(serviceIndex, address, secrets);
    if (endpoints.length > 0) return feedOf(endpoints.map((address) => withUserOf(serviceIndex, address)));
  }
  throw new PermanentError('the service index names no search service that is known here: check that it is that of a NuGet v3 feed');
}

function keepAtOrigin(serviceIndex: string, address: string, secrets: readonly string[]): void {
  const { origin } = new URL(address);
  const spelt = [address, new URL(address).href];
  if (origin === new URL(serviceIndex).origin || !spelt.some((one) => holdsAny(one, secrets))) return;
  const message = `the service index names a search endpoint at another origin, ${origin}, whose address holds the key of this feed: it is not asked`;
  throw new PermanentError(message, { kind: 'invalid-answer' });
}

function holdsAny(address: string, secrets: readonly string[]): boolean {
  const texts = [address, percentDecoded(address)];
  return secrets.some((secret) => texts.some((text) => text.includes(secret)));
}

/** The user of the service index stands for its own origin alone. */
function withUserOf(serviceIndex: string, address: string): string {
  const { origin, username, password } = new URL(serviceIndex);
  const endpoint = new URL(address);
  if (endpoint.origin === origin) Object.assign(endpoint, { username, password });
  return endpoint.href;
}

/** One page of a search, prereleases and SemVer 2 included (without them, a package's newest versions may be missing). */
export async function search(context: ProviderContext, endpoint: string, query: Query, what: string): Promise<SearchPage> {
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries({ ...query, prerelease: true, semVerLevel: '2.0.0' }))
    url.searchParams.set(name, String(value));
  return context.http.json(SearchPage, url, { what });
}

function feedOf(endpoints: readonly string[]): Feed {
  const down = new Set<string>();
  const told = new Set<string>();
  return {
    async ask<T>(context: ProviderContext, work: (endpoint: string) => Promise<T>) {
      const answers: T[] = [];
      const failures = new Map<string, unknown>();
      const last = endpoints.filter((endpoint) => down.has(endpoint));
      for (const endpoint of [...endpoints.filter((one) => !down.has(one)), ...last]) {
        if (last.includes(endpoint) && answers.length > 0) break;
        try {
          answers.push(await work(endpoint));
          down.delete(endpoint);
        } catch (error) {
          // The nuget.org instances fail one by one, and the others stay right.
          context.signal.throwIfAborted();
          failures.set(endpoint, error);
          if (error instanceof TransientError || error instanceof BlockedError) down.add(endpoint);
        }
      }
      if (answers.length === 0) throw failures.values().next().value;
      for (const [endpoint, error] of failures) {
        if (told.has(endpoint)) continue;
        told.add(endpoint);
        context.notice(new URL(endpoint).host, `this search endpoint fails, and the numbers are those of the others: ${messageOf(error)}`);
      }
      return answers;
    },
  };
}
