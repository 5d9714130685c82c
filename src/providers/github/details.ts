import type { ProviderContext } from '../../sdk/context.ts';
import type { Point } from '../../sdk/point.ts';
import { askBatch, noticeRename, several } from './batch.ts';
import { isGone, namesOf } from './owner.ts';
import { type Detail, type Target, targetsOf } from './plan.ts';
import { namesQuery, namesVariables } from './queries.ts';
import { collectReleases } from './releases.ts';
import { Named } from './schema.ts';
import { type GithubSession, keyOf } from './session.ts';
import { collectStars } from './stars.ts';
import { collectTraffic } from './traffic.ts';

/** The targets for which this one stands; undefined for all others. */
export async function expandDetail(
  target: Target,
  batchSize: number,
  session: GithubSession,
  context: ProviderContext,
): Promise<readonly Target[] | undefined> {
  if (target.kind === 'named-detail') return targetsOf(target.detail, await currentNames(target.names, session, context), batchSize);
  if (target.kind !== 'owner-detail') return undefined;
  const { names, failure } = await namesOf(target, session, context);
  const listed = new Set(names.map(keyOf));
  const missing = target.named.filter((name) => !listed.has(keyOf(name)));
  if (failure !== undefined && !(isGone(failure) && missing.length > 0)) throw failure;
  if (failure !== undefined) context.problem(target.login, failure);
  const moved = target.detail.of === 'traffic' ? await currentNames(missing, session, context) : missing;
  return targetsOf(target.detail, [...names, ...moved], batchSize);
}

/**
 * The names that repositories have now, as their traffic does not tell them. One that is not found keeps the name that it is asked for
 * by: its own target says so.
 */
async function currentNames(names: readonly string[], session: GithubSession, context: ProviderContext): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const query = namesQuery('repositories', names.length);
  const batch = { what: `the names of ${several(names)}`, query, variables: namesVariables('repositories', names) };
  const parts = await askBatch(names.length, batch, session, context);
  const current = names.map((name, index) => {
    const found = parts[index]?.found;
    noticeRename(name, found, session, context);
    return Named.safeParse(found).data ?? name;
  });
  return [...new Map(current.map((name) => [keyOf(name), name])).values()];
}

export async function* collectDetail(
  detail: Detail,
  names: readonly string[],
  session: GithubSession,
  context: ProviderContext,
): AsyncGenerator<Point> {
  if (detail.of === 'releases') yield* collectReleases(names, session, context);
  if (detail.of === 'stars') {
    const { from, to } = detail.window;
    yield* collectStars(names, { from: new Date(from), to: new Date(to) }, session, context);
  }
  if (detail.of === 'traffic') for (const name of names) yield* collectTraffic(name, detail, session, context);
}
