import type { Asked } from '../../sdk/provider.ts';
import type { Window } from '../../sdk/time.ts';
import { path, rateLimit, referrer, releaseAsset, repository, stars, traffic } from './measurements.ts';
import type { Owner } from './owner.ts';
import { keyOf } from './session.ts';
import type { Settings } from './settings.ts';
import type { TrafficParts } from './traffic.ts';

/** What is collected of repositories besides their numbers. */
export type Detail =
  | { readonly of: 'releases' }
  | { readonly of: 'stars'; readonly window: { readonly from: string; readonly to: string } }
  | ({ readonly of: 'traffic' } & TrafficParts);

/** One owner, or a batch of single repositories. The one with `rateLimit` also yields what is left of the limit: one point a run. */
type Repositories = (({ readonly kind: 'owner' } & Owner) | { readonly kind: 'repositories'; readonly names: readonly string[] }) & {
  readonly rateLimit?: true;
};

export type Target =
  | Repositories
  | { readonly kind: 'rate-limit' }
  /** Stands for the details of all that an owner has. */
  | ({ readonly kind: 'owner-detail'; readonly detail: Detail } & Owner)
  /** Stands for the details of repositories by the names that they have now. */
  | { readonly kind: 'named-detail'; readonly detail: Detail; readonly names: readonly string[] }
  | { readonly kind: 'detail'; readonly detail: Detail; readonly names: readonly string[] };

/**
 * Pure. The traffic comes last: it has another limit than all else, and one that is used up is waited for. It is asked for one
 * repository at a time, and by names that are current: only GraphQL says what they are.
 */
export function planTargets(settings: Settings, asked: Asked): readonly Target[] {
  return [...planNumbers(settings, asked), ...detailsOf(settings, asked).flatMap((detail) => planDetail(settings, detail))];
}

function planNumbers(settings: Settings, asked: Asked): readonly Target[] {
  if (!wants(asked, repository.name)) return wants(asked, rateLimit.name) ? [{ kind: 'rate-limit' }] : [];
  const targets = planRepositories(settings);
  const last = targets.pop();
  if (last) targets.push(wants(asked, rateLimit.name) ? { ...last, rateLimit: true } : last);
  return targets;
}

/**
 * One target an owner, one a batch of single repositories. A repository of an owner whose list is read anyway is left to that list,
 * unless the list excludes it.
 */
function planRepositories({ orgs, repos, batchSize }: Settings): Repositories[] {
  const singles = new Map(repos.map((repo) => [keyOf(repo), repo]));
  const targets: Repositories[] = [];
  for (const { name: login, exclude } of orgs) {
    const own = [...singles.keys()].filter((key) => key.startsWith(`${keyOf(login)}/`));
    const left = new Set(exclude.map((name) => keyOf(`${login}/${name}`)));
    const named = own.filter((key) => !left.has(key)).map((key) => singles.get(key) ?? key);
    for (const name of named) singles.delete(keyOf(name));
    targets.push({ kind: 'owner', login, exclude, named });
  }
  for (const names of chunks([...singles.values()], batchSize)) targets.push({ kind: 'repositories', names });
  return targets;
}

function planDetail(settings: Settings, detail: Detail): readonly Target[] {
  const setting = settings[detail.of];
  const kind = detail.of === 'traffic' ? 'named-detail' : 'detail';
  const names = typeof setting === 'boolean' ? [] : [...new Map(setting.map((name) => [keyOf(name), name])).values()];
  const targets: Target[] = chunks(names, settings.batchSize).map((some) => ({ kind, detail, names: some }));
  for (const target of setting === true ? planRepositories(settings) : []) {
    if (target.kind === 'owner') targets.push({ ...target, kind: 'owner-detail', detail });
    else targets.push({ kind, detail, names: target.names });
  }
  return targets;
}

/** The details of these repositories: the traffic one by one, so that one which the token may not see costs no other. */
export function targetsOf(detail: Detail, names: readonly string[], batchSize: number): readonly Target[] {
  return chunks(names, detail.of === 'traffic' ? 1 : batchSize).map((some) => ({ kind: 'detail', detail, names: some }));
}

function detailsOf(settings: Settings, asked: Asked): readonly Detail[] {
  const details: Detail[] = [];
  if (isOn(settings.releases) && wants(asked, releaseAsset.name)) details.push({ of: 'releases' });
  const window = isOn(settings.stars) ? windowOf(asked, stars.name) : undefined;
  if (window) details.push({ of: 'stars', window: { from: window.from.toISOString(), to: window.to.toISOString() } });
  const parts = {
    days: windowOf(asked, traffic.name) !== undefined,
    referrers: wants(asked, referrer.name),
    paths: wants(asked, path.name),
  };
  if (isOn(settings.traffic) && (parts.days || parts.referrers || parts.paths)) details.push({ of: 'traffic', ...parts });
  return details;
}

/** Whether a setting names any repository. */
export function isOn(setting: boolean | readonly string[]): boolean {
  return setting === true || (setting !== false && setting.length > 0);
}

function wants({ only }: Asked, measurement: string): boolean {
  return only?.includes(measurement) ?? true;
}

function windowOf(asked: Asked, measurement: string): Window | undefined {
  return wants(asked, measurement) ? asked.windows[measurement] : undefined;
}

function chunks(names: readonly string[], size: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(names.length / size) }, (_, index) => names.slice(index * size, (index + 1) * size));
}
