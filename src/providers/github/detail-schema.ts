import { z } from 'zod';

const Count = z.int().nonnegative();
const FullName = z.string().regex(/^[\w-]+\/[\w.-]+$/, 'must be owner/name');
const Moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const PageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() });

/** A page of the stars of a repository. */
export const StarsPage = z
  .object({
    nameWithOwner: FullName,
    createdAt: Moment,
    stargazers: z.object({ totalCount: Count, pageInfo: PageInfo, edges: z.array(z.object({ starredAt: Moment })) }),
  })
  .transform(({ nameWithOwner, createdAt, stargazers: { edges, ...page } }) => ({
    name: nameWithOwner,
    createdAt,
    ...page,
    times: edges.map(({ starredAt }) => starredAt),
  }));

/** A page of the files of a release. Each is checked by itself. */
export const AssetsPage = z.object({ totalCount: Count, pageInfo: PageInfo, nodes: z.array(z.unknown()) });
export type AssetsPage = z.output<typeof AssetsPage>;

export const Asset = z.object({ name: z.string().min(1), downloadCount: Count });

/** A page of the releases of a repository. Each is checked by itself. */
export const ReleasesPage = z
  .object({ nameWithOwner: FullName, releases: z.object({ totalCount: Count, pageInfo: PageInfo, nodes: z.array(z.unknown()) }) })
  .transform(({ nameWithOwner, releases }) => ({ name: nameWithOwner, ...releases }));

export const Release = z.object({ id: z.string(), tagName: z.string().min(1), isDraft: z.boolean(), releaseAssets: AssetsPage });

/** Further files of one release; null when it is gone. */
export const ReleaseAssets = z
  .object({ nameWithOwner: FullName, release: z.object({ releaseAssets: AssetsPage }).nullable() })
  .transform(({ nameWithOwner, release }) => ({ name: nameWithOwner, page: release?.releaseAssets }));

/** More than any answer has, which tells of 14 days. https://docs.github.com/en/rest/metrics/traffic Each row is checked by itself. */
const Rows = z.array(z.unknown()).max(100);
const Counted = { count: Count, uniques: Count };

export const Views = z.object({ views: Rows }).transform(({ views }) => views);
export const Clones = z.object({ clones: Rows }).transform(({ clones }) => clones);
export const Day = z.object({ timestamp: Moment, ...Counted });
export type Day = z.output<typeof Day>;

/** Ten are documented. */
export const Popular = Rows;
export const Referrer = z.object({ referrer: z.string().min(1), ...Counted });
export const Path = z.object({ path: z.string().min(1), title: z.string(), ...Counted });
export type Path = z.output<typeof Path>;
