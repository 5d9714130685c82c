import type { ProviderContext } from '../../sdk/context.ts';
import { messageOf, PermanentError } from '../../sdk/errors.ts';
import type { Finding } from '../../sdk/provider.ts';
import { askBatch } from './batch.ts';
import type { Client } from './client.ts';
import { Popular } from './detail-schema.ts';
import { itemError } from './errors.ts';
import { isOn } from './plan.ts';
import { namesNeeds, ownerNamesQuery, repositoriesVariables } from './queries.ts';
import { releaseLists } from './releases.ts';
import { createRest } from './rest.ts';
import { Named, OwnerPage } from './schema.ts';
import { createSession, type GithubSession } from './session.ts';
import type { Settings } from './settings.ts';
import { starLists } from './stars.ts';
import type { Lists } from './walk.ts';

/** Repositories that are tried for each: enough to see what a token lacks. */
const mostTried = 5;
const mend = 'give the token what it lacks: https://github.com/settings/tokens';

/** Whether the token may see what is switched on: releases, stars, traffic. `scopes` are those of a classic token. */
export async function* checkDetails(
  settings: Settings,
  client: Client,
  scopes: string | null,
  context: ProviderContext,
): AsyncGenerator<Finding> {
  const session = createSession(client, createRest(settings), settings.batchSize);
  const owned = await firstOwned(settings, client, context);
  for (const [check, lists] of [
    ['releases', releaseLists],
    ['stars', starLists],
  ] as const) {
    if (!isOn(settings[check])) continue;
    const names = namesFor(settings[check], settings, owned);
    yield findingOf(check, names, await refusedLists(lists, names, session, context));
  }
  if (!isOn(settings.traffic)) return;
  if (scopes !== null && !/(^|[\s,])(repo|public_repo)([\s,]|$)/.test(scopes)) {
    const message = `the traffic needs the scope "repo", or "public_repo" for what is public, and the token has ${scopes.trim() || 'none'}`;
    yield { check: 'traffic', status: 'error', message, mend: 'add the scope at https://github.com/settings/tokens' };
    return;
  }
  const names = namesFor(settings.traffic, settings, owned);
  yield findingOf('traffic', names, await refusedTraffic(names, session, context));
}

/** What was refused, in words; it came of which repository. */
type Refusals = readonly { readonly name: string; readonly message: string }[];

function findingOf(check: string, names: readonly string[], refused: Refusals): Finding {
  if (names.length === 0) return { check, status: 'warning', message: 'no repository was found to try it on', mend: 'correct "orgs"' };
  const [first] = refused;
  if (first === undefined)
    return { check, status: 'ok', message: `the token sees it of ${names.length} of ${names.length} that were tried` };
  const status = refused.length === names.length ? 'error' : 'warning';
  return { check, status, message: `${refused.length} of ${names.length} that were tried: ${first.name}: ${first.message}`, mend };
}

/** Those of the setting; else of the config; where that has only owners, the first of the first of them. */
function namesFor(setting: boolean | readonly string[], { repos }: Settings, owned: readonly string[]): readonly string[] {
  const named = typeof setting === 'boolean' ? repos : setting;
  return (named.length > 0 ? named : owned).slice(0, mostTried);
}

async function firstOwned({ orgs, repos, ...settings }: Settings, client: Client, context: ProviderContext): Promise<readonly string[]> {
  const [owner] = orgs;
  if (owner === undefined || repos.length > 0 || ![settings.releases, settings.stars, settings.traffic].includes(true)) return [];
  const variables = { login: owner.name, size: mostTried, after: null };
  const { data } = await client.ask(context, {
    what: `the repositories of ${owner.name}`,
    needs: namesNeeds,
    query: ownerNamesQuery,
    variables,
  });
  return OwnerPage.safeParse(data.owner).data?.nodes.flatMap((node) => Named.safeParse(node).data ?? []) ?? [];
}

async function refusedLists(lists: Lists, names: readonly string[], session: GithubSession, context: ProviderContext): Promise<Refusals> {
  const variables = { ...repositoriesVariables(names), ...Object.fromEntries(names.map((_, index) => [`a${index}`, null])) };
  if (names.length === 0) return [];
  const query = { what: lists.what, needs: lists.needs, query: lists.query(names.length), variables };
  const parts = await askBatch(names.length, query, session, context);
  return names.flatMap((name, index) => {
    const { found, error } = parts[index] ?? {};
    if (found !== undefined && error === undefined) return [];
    return [{ name, message: messageOf(itemError(lists.what, error, lists.needs)) }];
  });
}

async function refusedTraffic(names: readonly string[], session: GithubSession, context: ProviderContext): Promise<Refusals> {
  const refused: { readonly name: string; readonly message: string }[] = [];
  for (const name of names) {
    try {
      await session.rest.get(context, name, '/traffic/popular/paths', `the traffic of ${name}`, Popular);
    } catch (error) {
      if (!(error instanceof PermanentError) || (error.kind !== 'forbidden' && error.kind !== 'not-found')) throw error;
      refused.push({ name, message: error.message });
    }
  }
  return refused;
}
