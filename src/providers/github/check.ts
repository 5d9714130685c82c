import type { ProviderContext } from '../../sdk/context.ts';
import { messageOf } from '../../sdk/errors.ts';
import type { Finding } from '../../sdk/provider.ts';
import { checkDetails } from './check-details.ts';
import { type Answer, type Client, createClient } from './client.ts';
import { errorsAt } from './errors.ts';
import { namesNeeds, namesQuery, namesVariables, viewerQuery } from './queries.ts';
import { Named } from './schema.ts';
import { keyOf } from './session.ts';
import type { Settings } from './settings.ts';

/** A token that ends sooner is told. */
const warnDays = 14;
const dayMs = 86_400_000;
/** Names in one query, and in all: enough to see whether a token fits. */
const mostAtOnce = 50;
const mostNames = 200;
const tokensPage = 'https://github.com/settings/tokens';

/** Whether the token is accepted, how long it lasts, what it may, and whether it sees what the config names. */
export async function* check(settings: Settings, context: ProviderContext): AsyncGenerator<Finding> {
  const client = await createClient(settings);
  const seen = listening(context);
  let viewer: Answer;
  try {
    viewer = await client.ask(seen.context, { what: 'the token', query: viewerQuery });
  } catch (error) {
    if (!isUnauthorized(error)) throw error;
    const mend = `make a token at ${tokensPage}, and set it where "token" takes it from`;
    // What it says to do stands in the line that mends it.
    yield { check: 'credential', status: 'error', message: messageOf(error).replace(/; .*$/s, ''), mend };
    return;
  }
  const login = loginOf(viewer);
  yield { check: 'credential', status: 'ok', message: `the token is accepted${login === undefined ? '' : `, as ${login}`}` };
  yield* expiryFinding(seen.headers(), context.now());
  const scopes = seen.headers().get('x-oauth-scopes');
  yield scopeFinding(scopes);
  const owners = settings.orgs.map((org) => org.name);
  if (owners.length > 0) yield await namesFinding('owners', owners, client, context);
  if (settings.repos.length > 0) yield await namesFinding('repositories', settings.repos, client, context);
  yield* checkDetails(settings, client, scopes, context);
}

/** The context, noting the headers of the last answer. */
function listening(context: ProviderContext): { readonly context: ProviderContext; headers(): Headers } {
  let headers = new Headers();
  return {
    headers: () => headers,
    context: {
      ...context,
      attempt: (call, options) =>
        context.attempt(
          (one) =>
            call({
              ...one,
              fetch: async (input, init) => {
                const response = await one.fetch(input, init);
                headers = response.headers;
                return response;
              },
            }),
          options,
        ),
    },
  };
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof Error && 'kind' in error && error.kind === 'unauthorized';
}

function loginOf({ data }: Answer): string | undefined {
  const { login } = (data.viewer ?? {}) as { readonly login?: unknown };
  return typeof login === 'string' ? login : undefined;
}

/** `2027-01-31 09:00:00 UTC`, or with an offset. https://github.blog/changelog/2021-07-26-expiration-options-for-personal-access-tokens/ */
function* expiryFinding(headers: Headers, now: Date): Generator<Finding> {
  const text = headers.get('github-authentication-token-expiration');
  if (text === null) return;
  const ends = Date.parse(text.replace(/ UTC$/, 'Z').replace(/^(\S+) (\S+?) ?(Z|[+-]\d\d:?\d\d)$/, '$1T$2$3'));
  if (Number.isNaN(ends)) return;
  const days = Math.floor((ends - now.getTime()) / dayMs);
  const message = `the token ends in ${days} ${days === 1 ? 'day' : 'days'}, at ${new Date(ends).toISOString().slice(0, 16)}Z`;
  if (days >= warnDays) yield { check: 'expiry', status: 'ok', message };
  else yield { check: 'expiry', status: 'warning', message, mend: `renew it at ${tokensPage}, and set the new one` };
}

/** Only classic tokens have scopes. https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps */
function scopeFinding(scopes: string | null): Finding {
  if (scopes === null) {
    return { check: 'scope', status: 'ok', message: 'a fine-grained token or one of an app: what it sees is shown below' };
  }
  const message = scopes.trim() === '' ? 'a classic token without scopes: it sees what is public' : `a classic token with ${scopes}`;
  return { check: 'scope', status: 'ok', message };
}

/** Which of the owners, or repositories, the token sees. */
async function namesFinding(
  kind: 'owners' | 'repositories',
  names: readonly string[],
  client: Client,
  context: ProviderContext,
): Promise<Finding> {
  const asked = names.slice(0, mostNames);
  const missing: string[] = [];
  const moved: string[] = [];
  for (let from = 0; from < asked.length; from += mostAtOnce) {
    const some = asked.slice(from, from + mostAtOnce);
    const answer = await client.ask(context, {
      what: `the ${kind}`,
      needs: namesNeeds,
      query: namesQuery(kind, some.length),
      variables: namesVariables(kind, some),
    });
    for (const [index, name] of some.entries()) {
      const found = answer.data[`r${index}`] ?? undefined;
      if (found === undefined || errorsAt(answer.errors, `r${index}`).length > 0) missing.push(name);
      const now = Named.safeParse(found).data;
      if (now !== undefined && keyOf(now) !== keyOf(name)) moved.push(`${name} is now ${now}`);
    }
  }
  const most = names.length > asked.length ? ` (the first ${asked.length} of ${names.length} were asked for)` : '';
  const setting = kind === 'owners' ? 'orgs' : 'repos';
  if (missing.length > 0) {
    const message = `${missing.length} of ${asked.length} cannot be seen: ${listed(missing)}${most}`;
    const mend = `correct "${setting}", or let the token see them: ${tokensPage}`;
    return { check: kind, status: missing.length === asked.length ? 'error' : 'warning', message, mend };
  }
  if (moved.length > 0)
    return { check: kind, status: 'warning', message: `${listed(moved)}${most}`, mend: `write the new names in "${setting}"` };
  return { check: kind, status: 'ok', message: `${asked.length} of ${asked.length} can be seen${most}` };
}

function listed(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}
