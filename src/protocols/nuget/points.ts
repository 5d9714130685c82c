import { counter, type Guard, gauge, measurement, PermanentError, type Point, type ProviderContext, text } from '../../sdk/index.ts';
import { keyOf, type Package } from './schema.ts';

/** What a feed means by it. */
interface Meaning {
  readonly help: string;
  /** Of the tag. */
  readonly id: string;
  /** Of the total. */
  readonly downloads: string;
}

/**
 * A feed's totals stand still for days, fall for a while, and read 0 for packages that have millions: none of it happened.
 * https://github.com/NuGet/NuGetGallery/issues/8770, https://github.com/NuGet/NuGetGallery/issues/9791
 */
export const downloadsGuard: Guard = { maxDrop: 0, min: 1, then: 'hold' };

/** A measurement with what a search tells of one package. */
export function packageMeasurement<const Name extends string>(name: Name, { help, id, downloads }: Meaning) {
  return measurement(name, {
    help,
    time: 'snapshot',
    tags: { package: id },
    fields: {
      total_downloads: counter('{download}', downloads, { guard: downloadsGuard }),
      version_count: gauge('{version}', 'Listed versions, prereleases included.'),
      latest_version: text('The highest listed version, prereleases included, without build metadata.'),
    },
  });
}

/**
 * The point of one package. One of which nothing is told is a problem. What stays of an id is how it is compared: spelt otherwise, as an
 * owner may have it with any new version, it is the same package, and another series.
 */
export function* packagePoints(
  found: Package,
  declared: ReturnType<typeof packageMeasurement>,
  { at, problem, identify }: Pick<ProviderContext, 'at' | 'problem' | 'identify'>,
): Iterable<Point> {
  const { id, total, latest } = found;
  const fields = { total_downloads: total, version_count: found.versions?.length, latest_version: latest };
  if (Object.values(fields).every((value) => value === undefined)) {
    problem(id, new PermanentError('the search tells nothing of this package but its id', { kind: 'incomplete' }));
    return;
  }
  identify(keyOf(id), id);
  yield declared.of({ tags: { package: id }, fields, time: at });
}
