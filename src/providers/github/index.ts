import type { ProviderContext } from '../../sdk/context.ts';
import type { Point } from '../../sdk/point.ts';
import { defineProvider } from '../../sdk/provider.ts';
import { check } from './check.ts';
import { type Client, createClient } from './client.ts';
import { collectDetail, expandDetail } from './details.ts';
import { judge } from './judge.ts';
import { path, rateLimit, referrer, releaseAsset, repository, stars, traffic } from './measurements.ts';
import { collectOwner } from './owner.ts';
import { isOn, planTargets, type Target } from './plan.ts';
import { rateLimitQuery } from './queries.ts';
import { collectRepositories } from './repositories.ts';
import { createRest } from './rest.ts';
import { createSession, type GithubSession, keyOf } from './session.ts';
import { Settings } from './settings.ts';
import { setup } from './setup.ts';

/**
 * REST bears 900 requests in a minute, GraphQL 2,000 queries. One door for both, as what they are asked at once counts together.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
 */
const spacingMs = 67;

/** GitHub's repositories: whole organisations and users, and single ones. Their traffic by REST, all else by GraphQL. */
export const github = defineProvider<Settings, Target>({
  name: 'github',
  help: 'Repositories on GitHub: stars, forks, watchers, issues, pull requests, downloads, traffic, and what is left of the rate limit.',
  settings: Settings,
  example: {
    token: `\${GITHUB_TOKEN}`,
    orgs: [{ name: 'petabridge', exclude: ['sandbox'] }],
    repos: ['akkadotnet/akka.net'],
    traffic: ['akkadotnet/akka.net'],
    releases: true,
    stars: true,
    batchSize: 50,
    baseUrl: 'https://api.github.com',
  },
  setup,
  measurements: (settings) => [
    repository,
    rateLimit,
    ...(isOn(settings.traffic) ? [traffic, referrer, path] : []),
    ...(isOn(settings.releases) ? [releaseAsset] : []),
    ...(isOn(settings.stars) ? [stars] : []),
  ],

  limits: ({ baseUrl, token }) => [
    {
      name: 'token',
      key: ['github', new URL(baseUrl).origin, token],
      concurrency: 1,
      spacingMs,
      source: 'https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#avoid-concurrent-requests',
    },
  ],

  targets: planTargets,

  narrow(target, items) {
    if (target.kind === 'rate-limit' || target.kind === 'owner-detail' || !items.every((item) => item.includes('/'))) return target;
    const wanted = new Set(items.map(keyOf));
    const names = target.kind === 'owner' ? items : target.names.filter((name) => wanted.has(keyOf(name)));
    if (names.length === 0) return target;
    if (target.kind === 'detail' || target.kind === 'named-detail') return { ...target, names };
    const { rateLimit: flag } = target;
    return { kind: 'repositories', names, ...(flag && { rateLimit: flag }) };
  },

  label(target) {
    if (target.kind === 'rate-limit') return 'rate limit';
    const what = 'detail' in target ? `${target.detail.of} of ` : '';
    if ('login' in target) return `${what}${target.login}`;
    const { names } = target;
    return `${what}${names[0]}${names.length === 1 ? '' : ` and ${names.length - 1} more`}`;
  },

  cost(target) {
    if (target.kind !== 'detail' || target.detail.of !== 'traffic') return 1;
    const { days, referrers, paths } = target.detail;
    return (days ? 2 : 0) + Number(referrers) + Number(paths);
  },

  judge,

  async connect(settings) {
    const session = createSession(await createClient(settings), createRest(settings), settings.batchSize);
    return {
      expand: (target, context) => expandDetail(target, settings.batchSize, session, context),
      collect: (target, context) => collect(target, session, context),
      close: async () => {},
    };
  },

  check,
});

async function* collect(target: Target, session: GithubSession, context: ProviderContext): AsyncGenerator<Point> {
  if (target.kind === 'rate-limit') {
    await session.client.ask(context, { what: 'the rate limit', query: rateLimitQuery });
    yield* rateLimitPoint(session.client, context);
    return;
  }
  if (target.kind === 'detail') {
    yield* collectDetail(target.detail, target.names, session, context);
    return;
  }
  // They were expanded.
  if (target.kind === 'owner-detail' || target.kind === 'named-detail') return;
  let isTroubled = false;
  const watched: ProviderContext = {
    ...context,
    problem(item, error) {
      isTroubled = true;
      context.problem(item, error);
    },
  };
  let failure: unknown;
  try {
    yield* target.kind === 'owner' ? collectOwner(target, session, watched) : collectRepositories(target.names, session, watched);
  } catch (error) {
    isTroubled = true;
    failure = error;
  }
  // A reading of the limit alone would make a run that brought nothing look as if it had.
  if (target.rateLimit && (session.collected.size > 0 || !isTroubled)) yield* rateLimitPoint(session.client, context);
  if (failure !== undefined) throw failure;
}

function* rateLimitPoint({ rateLimit: is }: Client, context: ProviderContext): Generator<Point> {
  if (is === undefined) return;
  const fields = { limit: is.limit, remaining: is.remaining, used: is.used };
  yield rateLimit.of({ tags: { provider: context.instance }, fields, time: context.at });
}
