import { z } from 'zod';

/** A word that goes into a search query: nothing in it may end the word or begin another condition. */
export const queryWord = z
  .string()
  .regex(/^[^\s:"]{1,100}$/, 'must be one word of at most 100 characters, without spaces, colons or quotes');

/** What the service index offers, as far as it is understood. https://learn.microsoft.com/en-us/nuget/api/service-index */
export const ServiceIndex = z
  .object({ resources: z.array(z.unknown()) })
  .transform(({ resources }) => resources.flatMap((one) => Resource.safeParse(one).data ?? []));

const Resource = z
  .object({ '@id': z.url({ protocol: /^https?$/ }), '@type': z.string() })
  .transform((one) => ({ address: one['@id'], type: one['@type'] }));

/** The most items that a page may ask for. https://learn.microsoft.com/en-us/nuget/api/search-query-service-resource#request-parameters */
export const mostTake = 1000;

/** One page of a search. Its items are read one by one, so that a bad one costs only itself; more than any page may hold is no page. */
export const SearchPage = z.object({
  totalHits: z.int().min(0),
  data: z.array(z.unknown()).max(mostTake, `more than ${mostTake} packages on one page`),
});
export type SearchPage = z.output<typeof SearchPage>;

/** One package as the search tells of it. https://learn.microsoft.com/en-us/nuget/api/search-query-service-resource */
export const Package = z
  .object({
    id: z.string().min(1),
    version: z.string().nullish(),
    totalDownloads: z.int().min(0).nullish(),
    owners: z.union([z.string(), z.array(z.string())]).nullish(),
    versions: z.array(z.object({ version: z.string(), downloads: z.unknown().optional() })).nullish(),
  })
  .transform(({ id, version, totalDownloads, owners, versions }) => {
    const listed = versions ? distinct(versions) : undefined;
    const latest = version ? identity(version) : undefined;
    return {
      id,
      latest,
      owners: typeof owners === 'string' ? [owners] : (owners ?? []),
      versions: listed?.length === 0 ? undefined : listed,
      total: totalDownloads ?? sumOf(listed, latest),
    };
  });
export type Package = z.output<typeof Package>;

const Downloads = z.int().min(0);

/** A version and how often it was downloaded, where that is told. */
interface Version {
  readonly version: string;
  readonly downloads: number | undefined;
}

/** Each version once: those that differ in build metadata alone are one. */
function distinct(versions: readonly { readonly version: string; readonly downloads?: unknown }[]): readonly Version[] {
  const found = new Map<string, Version>();
  for (const one of versions) {
    const version = identity(one.version);
    const known = found.get(version);
    if (known?.downloads === undefined) found.set(version, { version, downloads: Downloads.safeParse(one.downloads).data });
  }
  return [...found.values()];
}

/** Ids are compared without regard to case, in ASCII alone: elsewhere different letters have one lower case. */
export function keyOf(id: string): string {
  return id.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Ids or owners, without those that differ from an earlier one in case only. */
export function distinctIds(words: readonly string[]): readonly string[] {
  const seen = new Map<string, string>();
  for (const word of words) {
    const key = keyOf(word);
    if (!seen.has(key)) seen.set(key, word);
  }
  return [...seen.values()];
}

/** A version without build metadata, which NuGet does not count as part of it. https://learn.microsoft.com/en-us/nuget/concepts/package-versioning */
function identity(version: string): string {
  return version.split('+', 1)[0] ?? '';
}

/** The total where it is not told: the sum over the versions, when the list is whole and each carries its number; else unknown. */
function sumOf(versions: readonly Version[] | undefined, latest: string | undefined) {
  if (!versions?.some((one) => one.version === latest)) return undefined;
  const sum = versions.reduce((total, one) => total + (one.downloads ?? Number.NaN), 0);
  return Number.isSafeInteger(sum) ? sum : undefined;
}
