import type { ProviderContext } from '../../sdk/context.ts';
import type { Point } from '../../sdk/point.ts';
import { utcDay } from '../../sdk/time.ts';
import { Clones, Day, Path, Popular, Referrer, Views } from './detail-schema.ts';
import { path, referrer, traffic } from './measurements.ts';
import { claim, type GithubSession } from './session.ts';
import { createRequests } from './traffic-requests.ts';

/** Which of the traffic is wanted. */
export interface TrafficParts {
  readonly days: boolean;
  readonly referrers: boolean;
  readonly paths: boolean;
}

/**
 * The traffic of one repository. What GitHub tells of days it tells of all 14, whatever is asked for, and leaves out days without
 * any: those are absent here, too. A request that fails by itself does not keep back what the others bring.
 */
export async function* collectTraffic(
  repo: string,
  parts: TrafficParts,
  session: GithubSession,
  context: ProviderContext,
): AsyncGenerator<Point> {
  if (!claim('traffic', repo, session)) return;
  const requests = createRequests(repo, session.rest, context);
  if (parts.days) {
    const views = await requests.rows('/traffic/views?per=day', 'the views', Views, Day);
    const clones = await requests.rows('/traffic/clones?per=day', 'the clones', Clones, Day);
    yield* dayPoints(repo, views, clones);
  }
  if (parts.referrers) {
    for (const { referrer: site, count, uniques } of await requests.rows(
      '/traffic/popular/referrers',
      'the referrers',
      Popular,
      Referrer,
    )) {
      yield referrer.of({ tags: { repo, referrer: site }, fields: { views: count, unique_views: uniques }, time: context.at });
    }
  }
  if (parts.paths) yield* pathPoints(repo, await requests.rows('/traffic/popular/paths', 'the popular paths', Popular, Path), context);
  requests.end();
}

interface DayFields {
  views?: number;
  unique_views?: number;
  clones?: number;
  unique_clones?: number;
}

function* dayPoints(repo: string, views: readonly Day[], clones: readonly Day[]): Generator<Point> {
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
function* pathPoints(repo: string, all: readonly Path[], context: ProviderContext): Generator<Point> {
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
