import { PermanentError, type Point, type ProviderContext } from '../../sdk/index.ts';
import { type Feed, search } from './feed.ts';
import { nugetPackage, nugetPackageVersion } from './measurements.ts';
import { keyOf, Package } from './schema.ts';

/** The package with this id, as the endpoint with the highest total tells of it. */
export async function findPackage(feed: Feed, id: string, context: ProviderContext): Promise<Package> {
  const answers = await feed.ask(context, async (endpoint) => {
    const page = await search(context, endpoint, { q: `packageid:${id}`, skip: 0, take: 1 }, `package ${id}`);
    if (page.data.length === 0) return undefined;
    const found = readPackage(page.data[0]);
    if (keyOf(found.id) === keyOf(id)) return found;
    // A search that does not know `packageid:` ignores it and answers with any package.
    throw new PermanentError(`asked for package ${id}, the search answered with ${found.id}: it does not know the condition "packageid:"`);
  });
  const best = answers.reduce(better, undefined);
  if (best) return best;
  throw new PermanentError(`no package ${id} is listed: check the id, and whether all of its versions are unlisted`, { kind: 'not-found' });
}

/** Reads one item of a search. */
export function readPackage(item: unknown): Package {
  const read = Package.safeParse(item);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new PermanentError(
    `the search answered with a package that is not well-formed: ${issue?.path.join('.') ?? ''}: ${issue?.message.replace(/^Invalid input: /, '') ?? ''}`,
  );
}

/** Of two answers about one package, that with the higher total: endpoints lag behind one another, and counts only grow. */
export function better(one: Package | undefined, other: Package | undefined): Package | undefined {
  if (!one || !other) return one ?? other;
  return (other.total ?? -1) > (one.total ?? -1) ? other : one;
}

/** The points of one package. */
export function* pointsOf(found: Package, versions: boolean, context: ProviderContext): Iterable<Point> {
  const { id, total, latest } = found;
  const time = context.at;
  const fields = { total_downloads: total, version_count: found.versions?.length, latest_version: latest };
  if (Object.values(fields).some((value) => value !== undefined)) yield nugetPackage.of({ tags: { package: id }, fields, time });
  else context.problem(id, new PermanentError('the search tells nothing of this package but its id', { kind: 'incomplete' }));
  if (!versions) return;
  const unknown: string[] = [];
  for (const { version, downloads } of found.versions ?? []) {
    if (version !== '' && downloads !== undefined)
      yield nugetPackageVersion.of({ tags: { package: id, version }, fields: { downloads }, time });
    else unknown.push(version);
  }
  if (unknown.length === 0 && found.versions) return;
  const which = found.versions
    ? `${unknown.length} of its ${found.versions.length} versions: ${unknown.slice(0, 10).join(', ')}`
    : 'its versions';
  context.problem(id, new PermanentError(`no valid number of downloads is told of ${which}`));
}
