import type { ProviderContext } from '../../sdk/context.ts';
import type { Point } from '../../sdk/point.ts';
import { type Asked, defineProvider } from '../../sdk/provider.ts';
import { check } from './check.ts';
import { type Client, createClient } from './client.ts';
import { judge } from './judge.ts';
import { rateLimit, repository } from './measurements.ts';
import { collectOwner, type Owner } from './owner.ts';
import { createPace } from './pace.ts';
import { rateLimitQuery } from './queries.ts';
import { collectRepositories } from './repositories.ts';
import { type GithubSession, keyOf } from './session.ts';
import { Settings } from './settings.ts';
import { setup } from './setup.ts';

/** One owner, or a batch of single repositories. The one with `rateLimit` also yields what is left of the limit: one point a run. */
type Repositories = (({ readonly kind: 'owner' } & Owner) | { readonly kind: 'repositories'; readonly names: readonly string[] }) & {
  readonly rateLimit?: true;
};
export type Target = Repositories | { readonly kind: 'rate-limit' };

/** GitHub's repositories by GraphQL: whole organisations and users, and single ones. */
export const github = defineProvider<Settings, Target>({
  name: 'github',
  help: 'Repositories on GitHub: stars, forks, watchers, issues, pull requests, and what is left of the rate limit.',
  settings: Settings,
  example: {
    token: `\${GITHUB_TOKEN}`,
    orgs: [{ name: 'petabridge', exclude: ['sandbox'] }],
    repos: ['akkadotnet/akka.net'],
    batchSize: 50,
    baseUrl: 'https://api.github.com',
  },
  setup,
  measurements: () => [repository, rateLimit],

  limits: ({ baseUrl, token }) => [
    {
      name: 'token',
      key: ['github', new URL(baseUrl).origin, token],
      concurrency: 1,
      source: 'https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#avoid-concurrent-requests',
    },
  ],

  targets(settings, asked) {
    if (!wants(asked, repository.name)) return wants(asked, rateLimit.name) ? [{ kind: 'rate-limit' }] : [];
    const targets = plan(settings);
    const last = targets.pop();
    if (last) targets.push(wants(asked, rateLimit.name) ? { ...last, rateLimit: true } : last);
    return targets;
  },

  narrow(target, items) {
    if (target.kind === 'rate-limit' || !items.every((item) => item.includes('/'))) return target;
    const { rateLimit: flag } = target;
    const wanted = new Set(items.map(keyOf));
    const names = target.kind === 'owner' ? items : target.names.filter((name) => wanted.has(keyOf(name)));
    return names.length === 0 ? target : { kind: 'repositories', names, ...(flag && { rateLimit: flag }) };
  },

  label(target) {
    if (target.kind === 'rate-limit') return 'rate limit';
    if (target.kind === 'owner') return target.login;
    return target.names.length === 1 ? `${target.names[0]}` : `${target.names[0]} and ${target.names.length - 1} more`;
  },

  judge,

  async connect(settings) {
    const client = await createClient(settings);
    const session: GithubSession = { client, batches: createPace(settings.batchSize), collected: new Set() };
    return {
      collect: (target, context) => collect(target, session, context),
      close: async () => {},
    };
  },

  check,
});

/**
 * One target an owner, one a batch of single repositories. A repository of an owner whose list is read anyway is left to that list,
 * unless the list excludes it.
 */
function plan({ orgs, repos, batchSize }: Settings): Repositories[] {
  const singles = new Map(repos.map((repo) => [keyOf(repo), repo]));
  const targets: Repositories[] = [];
  for (const { name: login, exclude } of orgs) {
    const own = [...singles.keys()].filter((key) => key.startsWith(`${keyOf(login)}/`));
    const left = new Set(exclude.map((name) => keyOf(`${login}/${name}`)));
    const named = own.filter((key) => !left.has(key)).map((key) => singles.get(key) ?? key);
    for (const name of named) singles.delete(keyOf(name));
    targets.push({ kind: 'owner', login, exclude, named });
  }
  const names = [...singles.values()];
  for (let from = 0; from < names.length; from += batchSize) {
    targets.push({ kind: 'repositories', names: names.slice(from, from + batchSize) });
  }
  return targets;
}

async function* collect(target: Target, session: GithubSession, context: ProviderContext): AsyncGenerator<Point> {
  if (target.kind === 'rate-limit') {
    await session.client.ask(context, 'the rate limit', rateLimitQuery);
    yield* rateLimitPoint(session.client, context);
    return;
  }
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

function wants(asked: Asked, measurement: string): boolean {
  return asked.only === undefined || asked.only.includes(measurement);
}
