import { setTimeout as sleep } from 'node:timers/promises';
import { type DocumentNode, type ExecutionResult, execute } from 'graphql';
import { type StandIn, type StandInAnswer, type StandInRequest, startStandIn } from '../../stand-in.ts';
import { rootOf, type Scene } from './answers.ts';
import { sizeOf } from './cost.ts';
import { answerRest } from './rest.ts';
import { githubSchema, parseQuery } from './schema.ts';
import type { GithubWorld } from './world.ts';

export { listFaults, restCannot, restFaults } from './detail-faults.ts';
export { cannot, faults } from './faults.ts';
export { queryProblems } from './schema.ts';
export { manyNames, manyRepositories, numbersOf } from './world.ts';

export interface GithubOptions extends GithubWorld {
  /** The one that is accepted; absent: any. */
  readonly token?: string;
  /** What every answer says of the token: `x-oauth-scopes`, `github-authentication-token-expiration`. */
  readonly tokenHeaders?: Readonly<Record<string, string>>;
  /** How many queries it is good for; then it has expired. */
  readonly expiresAfter?: number;
  /** Points in an hour, and those that are left at the start. Null: a GitHub Enterprise Server without limits. */
  readonly limit?: number | null;
  readonly remaining?: number;
  /** Requests of the REST API in an hour, which are counted by themselves, and those that are left at the start. */
  readonly restLimit?: number;
  readonly restRemaining?: number;
  /** From the start until the limit is renewed; then an hour. */
  readonly resetMs?: number;
  /** 502 in HTML on a query for more repositories than this. */
  readonly mostAliases?: number;
  readonly mostOnPage?: number;
  /** Of a query for more repositories than this the rest is left out, with `RESOURCE_LIMITS_EXCEEDED`. */
  readonly mostNumbers?: number;
  /** From request to answer, the work included. */
  readonly latencyMs?: number;
  /** The server's clock. */
  readonly now?: () => Date;
}

/** Ways in which GitHub turns a query away without looking at it. */
type Refusal =
  | 'RATE_LIMITED'
  | 'RATE_LIMIT'
  | 'secondary-403'
  | 'secondary-403-bare'
  | 'secondary-200'
  | 'secondary-200-bare'
  | 'secondary-errors'
  | 'failed';

export interface GithubStandIn extends StandIn {
  /** The next `times` queries are turned away. */
  refuse(refusal: Refusal, times?: number): void;
  /** What is left of the limit, and how many points were spent. */
  readonly points: { readonly remaining: number; readonly used: number };
  /** The same of the REST API. */
  readonly rest: { readonly remaining: number; readonly used: number };
}

const hourMs = 3_600_000;
const mostNodes = 500_000;
const badGateway = '<html>\n<head><title>502 Bad Gateway</title></head>\n<body><center><h1>502 Bad Gateway</h1></center></body>\n</html>\n';
const secondaryMessage =
  'You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID 0000:0000:000000:000000:00000000.';
const secondaryPage = 'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits';

/**
 * Starts GitHub's GraphQL at `/graphql` and, as on an Enterprise Server, at `/api/graphql`, with the REST API beside it, at `/` and
 * `/api/v3`. Each query is validated against GitHub's published schema and executed on the world that is given; what GitHub would not
 * understand is `unexpected`.
 */
export async function startGithub(options: GithubOptions): Promise<GithubStandIn> {
  const now = options.now ?? (() => new Date());
  const documents = new Map<string, DocumentNode>();
  const refusals: Refusal[] = [];
  const limit = options.limit ?? 5000;
  let accepted = 0;
  let used = limit - (options.remaining ?? limit);
  const restLimit = options.restLimit ?? 5000;
  let restUsed = restLimit - (options.restRemaining ?? restLimit);
  let resetAt = now().getTime() + (options.resetMs ?? hourMs);
  githubSchema();

  async function handle(request: StandInRequest): Promise<StandInAnswer> {
    const start = performance.now();
    const answer = await answerTo(request);
    const left = (options.latencyMs ?? 0) - (performance.now() - start);
    if (left > 0) await sleep(left);
    const headers = { ...baseHeaders(isRest(request)), ...answer.headers };
    return { ...answer, headers };
  }

  async function answerTo(request: StandInRequest): Promise<StandInAnswer> {
    if (!isRest(request) && request.method !== 'POST') throw new Error('GraphQL is asked by POST');
    if (!request.headers['user-agent']) throw new Error('GitHub wants a user agent');
    const given = /^(?:bearer|token) (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const isWrong = given === undefined || (options.token !== undefined && given !== options.token);
    if (isWrong || accepted === options.expiresAfter) {
      return { status: 401, body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/graphql', status: '401' } };
    }
    accepted += 1;
    const refusal = refusals.shift();
    if (refusal) return refused(refusal);
    if (isRest(request)) return answerRestWithin(request);
    const { query, variables = {} } = JSON.parse(request.body) as { query: string; variables?: Record<string, unknown> };
    const document = documents.get(query) ?? parseQuery(query);
    documents.set(query, document);
    return answerQuery(document, variables);
  }

  function renew(): void {
    if (now().getTime() < resetAt) return;
    used = 0;
    restUsed = 0;
    resetAt = now().getTime() + hourMs;
  }

  /** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
  function answerRestWithin(request: StandInRequest): StandInAnswer {
    renew();
    if (options.limit !== null && restUsed >= restLimit) {
      const page = 'https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting';
      return { status: 403, body: { message: 'API rate limit exceeded for user ID 1.', documentation_url: page } };
    }
    restUsed += 1;
    return answerRest({ ...request, path: request.path.replace(/^\/api\/v3/, '') }, options, now());
  }

  async function answerQuery(document: DocumentNode, variables: Readonly<Record<string, unknown>>): Promise<StandInAnswer> {
    renew();
    const { cost, aliases, page, nodes } = sizeOf(document, variables);
    if (nodes > mostNodes) {
      const message = `This query requests up to ${nodes} possible nodes which exceeds the maximum limit of ${mostNodes}.`;
      return { body: { errors: [{ type: 'MAX_NODE_LIMIT_EXCEEDED', message }] } };
    }
    if (options.limit !== null && used + cost > limit) return refused('RATE_LIMITED');
    used += cost;
    if (aliases > (options.mostAliases ?? aliases) || page > (options.mostOnPage ?? page)) return timedOut();
    const scene: Scene = {
      world: options,
      most: options.mostNumbers ?? Number.POSITIVE_INFINITY,
      rateLimit: options.limit === null ? null : { cost, limit, nodeCount: nodes, remaining: limit - used, used, resetAt: iso(resetAt) },
      counted: 0,
      timedOut: false,
    };
    const result = await execute({ schema: githubSchema(), document, rootValue: rootOf(scene), variableValues: variables });
    return scene.timedOut ? timedOut() : { body: asGithub(result) };
  }

  /** It costs, all the same. https://github.blog/changelog/2025-07-21-graphql-api-resource-limits/ */
  function timedOut(): StandInAnswer {
    used += 1;
    return { status: 502, headers: { 'content-type': 'text/html' }, body: badGateway };
  }

  function refused(refusal: Refusal): StandInAnswer {
    const secondary = { documentation_url: secondaryPage, message: secondaryMessage };
    switch (refusal) {
      case 'RATE_LIMITED':
        used = limit;
        return { body: { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded for user ID 1.' }] } };
      case 'RATE_LIMIT':
        used = limit;
        return {
          body: { errors: [{ type: 'RATE_LIMIT', code: 'graphql_rate_limit', message: 'API rate limit already exceeded for user ID 1.' }] },
        };
      case 'secondary-403':
        return { status: 403, headers: { 'retry-after': '90' }, body: secondary };
      case 'secondary-403-bare':
        return { status: 403, body: secondary };
      case 'secondary-200':
        return { headers: { 'retry-after': '90' }, body: secondary };
      case 'secondary-200-bare':
        return { body: secondary };
      case 'secondary-errors':
        return { body: { data: null, errors: [{ type: 'FORBIDDEN', message: secondaryMessage }] } };
      case 'failed':
        return {
          body: { data: null, errors: [{ message: 'Something went wrong while executing your query. Please include `0000:0000`.' }] },
        };
    }
  }

  function baseHeaders(isOfRest: boolean): Readonly<Record<string, string>> {
    const [most, spent] = isOfRest ? [restLimit, restUsed] : [limit, used];
    return {
      date: now().toUTCString(),
      'x-github-media-type': isOfRest ? 'github.v3; format=json' : 'github.v4; format=json',
      'x-github-request-id': '0000:0000:000000:000000:00000000',
      ...options.tokenHeaders,
      ...(options.limit !== null && {
        'x-ratelimit-limit': String(most),
        'x-ratelimit-remaining': String(Math.max(0, most - spent)),
        'x-ratelimit-used': String(Math.min(spent, most)),
        'x-ratelimit-reset': String(Math.floor(resetAt / 1000)),
        'x-ratelimit-resource': isOfRest ? 'core' : 'graphql',
      }),
    };
  }

  const standIn = await startStandIn(handle);
  return Object.defineProperties(standIn, {
    refuse: { value: (refusal: Refusal, times = 1) => refusals.push(...Array.from({ length: times }, () => refusal)) },
    points: { get: () => ({ remaining: Math.max(0, limit - used), used }) },
    rest: { get: () => ({ remaining: Math.max(0, restLimit - restUsed), used: restUsed }) },
  }) as GithubStandIn;
}

function isRest({ path }: StandInRequest): boolean {
  return path !== '/graphql' && path !== '/api/graphql';
}

/** Seconds, as GitHub writes its times. */
function iso(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** GitHub's errors have their `type` beside the message. */
function asGithub({ data, errors }: ExecutionResult): object {
  if (errors === undefined) return { data };
  const spelt = errors.map(({ message, path, locations, extensions: { type, ...rest } }) => ({
    ...(type !== undefined && { type }),
    path,
    ...(Object.keys(rest).length > 0 && { extensions: rest }),
    locations,
    message,
  }));
  return { data, errors: spelt };
}
