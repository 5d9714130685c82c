import type { ProviderContext } from '../../sdk/context.ts';
import type { Point } from '../../sdk/point.ts';
import { utcDay } from '../../sdk/time.ts';
import { Clones, type Days, Paths, Referrers, Views } from './detail-schema.ts';
import { path, referrer, traffic } from './measurements.ts';
import { claim, type GithubSession } from './session.ts';

/** Which of the traffic is wanted. */
export interface TrafficParts {
  readonly days: boolean;
  readonly referrers: boolean;
  readonly paths: boolean;
}

/**
 * The traffic of one repository. What GitHub tells of days it tells of all 14, whatever is asked for, and leaves out days without
 * any: those are absent here, too.
 */
export async function* collectTraffic(
  repo: string,
  parts: TrafficParts,
  session: GithubSession,
  context: ProviderContext,
): AsyncGenerator<Point> {
  if (!claim('traffic', repo, session)) return;
  const { rest } = session;
  if (parts.days) {
    const views = await rest.get(context, repo, '/traffic/views?per=day', `the views of ${repo}`, Views);
    const clones = await rest.get(context, repo, '/traffic/clones?per=day', `the clones of ${repo}`, Clones);
    yield* dayPoints(repo, views, clones);
  }
  if (parts.referrers) {
    const all = await rest.get(context, repo, '/traffic/popular/referrers', `the referrers of ${repo}`, Referrers);
    for (const { referrer: site, count, uniques } of all) {
      yield referrer.of({ tags: { repo, referrer: site }, fields: { views: count, unique_views: uniques }, time: context.at });
    }
  }
  if (parts.paths) {
    const all = await rest.get(context, repo, '/traffic/popular/paths', `the popular paths of ${repo}`, Paths);
    yield* pathPoints(repo, all, context);
  }
}

interface DayFields {
  views?: number;
  unique_views?: number;
  clones?: number;
  unique_clones?: number;
}

function* dayPoints(repo: string, views: Days, clones: Days): Generator<Point> {
  const days = new Map<number, DayFields>();
  const of = (time: Date): DayFields => {
    const day = utcDay(time).getTime();
    const fields = days.get(day) ?? {};
    days.set(day, fields);
    return fields;
  };
  for (const { timestamp, count, uniques } of views) Object.assign(of(timestamp), { views: count, unique_views: uniques });
  for (const { timestamp, count, uniques } of clones) Object.assign(of(timestamp), { clones: count, unique_clones: uniques });
  for (const [day, fields] of days) yield traffic.of({ tags: { repo }, fields, time: new Date(day) });
}

/** A query of an address is no tag. Pages that differ in nothing else are one: its views are theirs, its visitors are not known. */
function* pathPoints(
  repo: string,
  all: readonly { readonly path: string; readonly title: string; readonly count: number; readonly uniques: number }[],
  context: ProviderContext,
): Generator<Point> {
  const pages = new Map<string, { title: string; views: number; unique_views: number | undefined }>();
  for (const { path: full, title, count, uniques } of all) {
    const place = full.replace(/[?#].*$/s, '') || '/';
    const known = pages.get(place);
    pages.set(
      place,
      known ? { ...known, views: known.views + count, unique_views: undefined } : { title, views: count, unique_views: uniques },
    );
  }
  for (const [place, fields] of pages) yield path.of({ tags: { repo, path: place }, fields, time: context.at });
}
