import type { ProviderContext } from '../../sdk/context.ts';
import { BlockedError, isNextError, PermanentError, type SplitError } from '../../sdk/errors.ts';
import type { Point } from '../../sdk/point.ts';
import { askBatch, keepPace, several, tellName } from './batch.ts';
import { itemError, read } from './errors.ts';
import { isGone, namesOf } from './owner.ts';
import { type Detail, type Target, targetsOf } from './plan.ts';
import { namesNeeds, namesQuery, namesVariables } from './queries.ts';
import { collectReleases } from './releases.ts';
import { type GraphqlError, Named } from './schema.ts';
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
  const goesOn = names.length > 0 ? !endsAll(failure) : isGone(failure) && missing.length > 0;
  if (failure !== undefined && !goesOn) throw failure;
  // What is known of a list that broke off is worth as much as all of it: the rest is what failed.
  if (failure !== undefined) context.problem(target.login, failure);
  const moved = target.detail.of === 'traffic' ? await currentNames(missing, session, context) : missing;
  return targetsOf(target.detail, [...names, ...moved], batchSize);
}

/** Whether nothing further can be asked in this run. */
function endsAll(failure: unknown): boolean {
  return !isNextError(failure) || failure instanceof BlockedError || failure.kind === 'quota';
}

/**
 * The names that repositories have now, as their traffic does not tell them. One that is not found keeps the name that it is asked for
 * by: its own target says so. One whose name GitHub fails to tell is left out, with a problem: its points might be another series.
 */
async function currentNames(names: readonly string[], session: GithubSession, context: ProviderContext): Promise<readonly string[]> {
  const current: string[] = [];
  const waiting = [...names];
  while (waiting.length > 0) {
    const asked = waiting.splice(0, session.batches.size);
    const query = namesQuery('repositories', asked.length);
    const batch = { what: `the names of ${several(asked)}`, needs: namesNeeds, query, variables: namesVariables('repositories', asked) };
    const parts = await askBatch(asked.length, batch, session, context);
    const next: string[] = [];
    let reason: SplitError | undefined;
    for (const [index, name] of asked.entries()) {
      const { found, error, again } = parts[index] ?? {};
      reason ??= again;
      if (again) {
        if (asked.length > 1) next.push(name);
        continue;
      }
      tellName(name, found, session, context);
      const now = error?.type === 'NOT_FOUND' ? name : nameOf(found, error, name);
      if (now instanceof PermanentError) context.problem(name, now);
      else current.push(now);
    }
    keepPace(session.batches, asked, reason, context);
    waiting.unshift(...next);
  }
  return [...new Map(current.map((name) => [keyOf(name), name])).values()];
}

function nameOf(found: unknown, error: GraphqlError | undefined, asked: string): string | PermanentError {
  if (found === undefined || (error && !Named.safeParse(found).success)) return itemError(`the name of ${asked}`, error);
  return read(Named, found, `the name of ${asked}`);
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
