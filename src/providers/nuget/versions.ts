import type { Package } from '../../protocols/nuget/schema.ts';
import { PermanentError, type Point, type ProviderContext } from '../../sdk/index.ts';
import { nugetPackageVersion } from './measurements.ts';

/** A point for each listed version of a package. What is told of none, or not of all, is a problem. */
export function* versionPoints({ id, versions }: Package, { at, problem }: ProviderContext): Iterable<Point> {
  const unknown: string[] = [];
  for (const { version, downloads } of versions ?? []) {
    if (version !== '' && downloads !== undefined)
      yield nugetPackageVersion.of({ tags: { package: id, version }, fields: { downloads }, time: at });
    else unknown.push(version);
  }
  if (unknown.length === 0 && versions) return;
  const which = versions ? `${unknown.length} of its ${versions.length} versions: ${unknown.slice(0, 10).join(', ')}` : 'its versions';
  problem(id, new PermanentError(`no valid number of downloads is told of ${which}`));
}
