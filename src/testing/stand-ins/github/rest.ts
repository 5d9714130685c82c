import type { StandInAnswer, StandInRequest } from '../../stand-in.ts';
import { find } from './answers.ts';
import type { GithubRepository, GithubTraffic, GithubWorld } from './world.ts';

/** https://docs.github.com/en/rest/metrics/traffic */
const trafficPage = 'https://docs.github.com/rest/metrics/traffic';
const dayMs = 86_400_000;

/**
 * GitHub's REST API, as far as it is played: the traffic of a repository. Throws on what GitHub would not understand, and on what it
 * asks its users to send and they did not.
 */
export function answerRest(request: StandInRequest, world: GithubWorld, now: Date): StandInAnswer {
  const { method, path, query, headers } = request;
  if (method !== 'GET') throw new Error(`${path} is asked by GET`);
  if (headers.accept !== 'application/vnd.github+json') throw new Error('GitHub recommends to accept application/vnd.github+json');
  if (headers['x-github-api-version'] !== '2022-11-28') throw new Error('the version of the API is not told, or is none');
  const asked = /^(?:\/repos\/([^/]+\/[^/]+)|\/repositories\/(\d+))\/traffic(\/views|\/clones|\/popular\/referrers|\/popular\/paths)$/.exec(
    path,
  );
  if (!asked) throw new Error('no such path is played');
  const [, name, id, what = ''] = asked;
  for (const [key, value] of query) {
    if (key !== 'per' || !['day', 'week'].includes(value) || what.startsWith('/popular'))
      throw new Error(`unknown parameter ${key}=${value}`);
  }
  const found = name === undefined ? world.repositories.find((one) => String(one.id) === id) : find(world, decodeURIComponent(name));
  if (found === undefined || found.hidden !== undefined) return refusal(404, 'Not Found');
  if (name !== undefined && found.name.toLowerCase() !== name.toLowerCase()) return moved(request, found, what);
  if (found.refused?.traffic === 'push') return refusal(403, 'Must have push access to repository');
  if (found.refused?.traffic === 'fine-grained') return refusal(403, 'Resource not accessible by personal access token');
  return { body: trafficOf(what, found.traffic ?? {}, query.get('per') ?? 'day', now) };
}

/** By its number, which does not change. https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects */
function moved({ path, query }: StandInRequest, { id }: GithubRepository, what: string): StandInAnswer {
  const base = path.slice(0, path.indexOf('/repos/'));
  const location = `${base}/repositories/${id}/traffic${what}${query.size === 0 ? '' : `?${query}`}`;
  return { status: 301, headers: { location }, body: { message: 'Moved Permanently', url: location, documentation_url: trafficPage } };
}

function refusal(status: number, message: string): StandInAnswer {
  return { status, body: { message, documentation_url: trafficPage, status: String(status) } };
}

function trafficOf(what: string, { views, clones, referrers = [], paths = [] }: GithubTraffic, per: string, now: Date): object {
  if (what === '/popular/referrers') return referrers.slice(0, 10);
  if (what === '/popular/paths') return paths.slice(0, 10);
  if (per === 'week') throw new Error('weeks are not played');
  const known = Object.entries((what === '/views' ? views : clones) ?? {}).toSorted();
  const oldest = new Date(now.getTime() - 14 * dayMs).toISOString().slice(0, 10);
  const days = known.filter(([date]) => date >= oldest).map(([date, counted]) => ({ timestamp: `${date}T00:00:00Z`, ...counted }));
  const sum = (key: 'count' | 'uniques') => days.reduce((total, day) => total + day[key], 0);
  // Who came on several days is one visitor of the fortnight.
  return { count: sum('count'), uniques: Math.ceil(sum('uniques') * 0.8), [what.slice(1)]: days };
}
