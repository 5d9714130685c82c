import { type StandIn, type StandInAnswer, type StandInRequest, startStandIn } from '../../stand-in.ts';
import { aboutOf, newest, type Subreddit, thingOf } from './world.ts';

export { cannot, faults } from './faults.ts';
export { postsOn, type RedditPost, type Subreddit } from './world.ts';

export interface RedditOptions {
  readonly subreddits: readonly Subreddit[];
  /** Default `app-id` and `app-secret-0123456789`. */
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** The life of a token in seconds; default 86400. */
  readonly tokenLife?: number;
  /** The text of the `number`th token (from 1). */
  readonly token?: (number: number) => string;
  /** How many posts a list holds at most; default 1000. */
  readonly cap?: number;
  /** Requests in ten minutes; default 1000. */
  readonly limit?: number;
  /** Default the machine's clock. */
  readonly now?: () => Date;
  readonly latencyMs?: number;
}

export interface RedditStandIn extends StandIn {
  /** The provider's `authUrl`; its `baseUrl` is `url`. */
  readonly authUrl: string;
  /** How many tokens were given. */
  readonly tokens: number;
  /** From now on no token is taken that was given before. */
  revoke(): void;
}

const windowSeconds = 600;
const subredditPath = /^\/r\/(\w+)\/(about|new)$/;
const parameters: Readonly<Record<string, readonly string[]>> = {
  about: ['raw_json'],
  new: ['raw_json', 'after', 'before', 'count', 'limit', 'show', 'sr_detail'],
};

/** The page of Reddit's gatekeepers, for those who do not say who they are. */
const blockPage =
  '<!doctype html><html><head><title>Blocked</title></head><body><h1>whoa there, pardner!</h1><p>Your request has been blocked due to a network policy.</p></body></html>';

/**
 * Starts a Reddit: the address where an app gets its token, and the API, on one origin. https://www.reddit.com/dev/api/,
 * https://github.com/reddit-archive/reddit/wiki/OAuth2
 */
export async function startReddit(options: RedditOptions): Promise<RedditStandIn> {
  const { clientId = 'app-id', clientSecret = 'app-secret-0123456789', tokenLife = 86_400, cap = 1000, limit = 1000 } = options;
  const now = options.now ?? (() => new Date());
  const living = new Map<string, number>();
  let given = 0;
  let used = 0;
  let window = Number.NaN;

  function answer(request: StandInRequest): StandInAnswer {
    if (isBot(request.headers['user-agent']))
      return { status: 403, headers: { 'content-type': 'text/html; charset=UTF-8' }, body: blockPage };
    if (request.path === '/api/v1/access_token') return giveToken(request);
    const [, name, what] = subredditPath.exec(request.path) ?? [];
    if (request.method !== 'GET' || name === undefined || what === undefined) throw new Error('no such resource');
    for (const parameter of request.query.keys()) if (!parameters[what]?.includes(parameter)) throw new Error(`no parameter ${parameter}`);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (now().getTime() >= (living.get(token) ?? 0)) return { status: 401, body: { message: 'Unauthorized', error: 401 } };
    return counted(() => tell(name, what, request.query));
  }

  function giveToken({ method, headers, body }: StandInRequest): StandInAnswer {
    if (method !== 'POST' || body !== 'grant_type=client_credentials') throw new Error('only client credentials are known');
    if (headers['content-type'] !== 'application/x-www-form-urlencoded') throw new Error('only a form is understood');
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    if (headers.authorization !== basic) return { status: 401, body: { message: 'Unauthorized', error: 401 } };
    given += 1;
    const token = options.token?.(given) ?? `eyJ-token-${given}-of-${clientId}`;
    living.set(token, now().getTime() + tokenLife * 1000);
    return { body: { access_token: token, token_type: 'bearer', expires_in: tokenLife, scope: '*' } };
  }

  /** Within the limit, and with what is left of it. */
  function counted(work: () => StandInAnswer): StandInAnswer {
    const second = Math.floor(now().getTime() / 1000);
    const current = Math.floor(second / windowSeconds);
    if (current !== window) [window, used] = [current, 0];
    const reset = String(windowSeconds - (second % windowSeconds));
    const headersOf = (left: number) => ({
      'x-ratelimit-used': String(used),
      'x-ratelimit-remaining': left.toFixed(1),
      'x-ratelimit-reset': reset,
    });
    if (used >= limit) {
      const page = '<!doctype html><html><head><title>Too Many Requests</title></head><body><h1>whoa there, pardner!</h1></body></html>';
      return { status: 429, headers: { 'content-type': 'text/html', ...headersOf(0) }, body: page };
    }
    used += 1;
    const made = work();
    return { ...made, headers: { 'content-type': 'application/json; charset=UTF-8', ...made.headers, ...headersOf(limit - used) } };
  }

  function tell(name: string, what: string, query: URLSearchParams): StandInAnswer {
    const found = options.subreddits.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (found === undefined) return { status: 302, headers: { location: `/subreddits/search?q=${name}` } };
    if (found.state === 'banned') return { status: 404, body: { reason: 'banned', message: 'Not Found', error: 404 } };
    if (found.state !== undefined) return { status: 403, body: { reason: found.state, message: 'Forbidden', error: 403 } };
    return { body: what === 'about' ? aboutOf(found) : listingOf(found, query) };
  }

  function listingOf(subreddit: Subreddit, query: URLSearchParams) {
    const limitText = query.get('limit') ?? '25';
    if (!/^\d{1,3}$/.test(limitText) || Number(limitText) > 100) throw new Error(`limit must be at most 100, not ${limitText}`);
    const all = newest(subreddit, cap);
    const after = query.get('after');
    const start = after === null ? 0 : all.findIndex(({ id }) => `t3_${id}` === after) + 1;
    if (after !== null && start === 0) throw new Error(`after ${after}, which was not listed`);
    const children = all.slice(start, start + Number(limitText)).map((post) => thingOf(subreddit, post));
    const isLast = start + children.length >= all.length;
    return { kind: 'Listing', data: { after: isLast ? null : children.at(-1)?.data.name, dist: children.length, children, before: null } };
  }

  const standIn = await startStandIn(answer, { ...(options.latencyMs !== undefined && { latencyMs: options.latencyMs }) });
  return Object.defineProperties(standIn, {
    authUrl: { value: `${standIn.url}/api/v1/access_token` },
    tokens: { get: () => given },
    revoke: { value: () => living.clear() },
  }) as RedditStandIn;
}

/** What libraries call themselves when nobody says otherwise. https://support.reddithelp.com/hc/en-us/articles/16160319875092 */
function isBot(agent = ''): boolean {
  return agent.trim() === '' || /^(node|undici|curl|python|java|kpi\/)/i.test(agent);
}
