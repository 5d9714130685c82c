import { z } from 'zod';

const Count = z.int().nonnegative();
const Total = z.object({ totalCount: Count }).transform((connection) => connection.totalCount);
const FullName = z.string().regex(/^[\w-]+\/[\w.-]+$/, 'must be owner/name');
const Moment = z.iso.datetime({ offset: true });

/** The numbers of one repository, as the fields of its point; null where GitHub has no value. */
export const Repository = z
  .object({
    nameWithOwner: FullName,
    databaseId: Count.nullish(),
    stargazerCount: Count,
    forkCount: Count,
    watchers: Total,
    openIssues: Total,
    closedIssues: Total,
    openPrs: Total,
    closedPrs: Total,
    mergedPrs: Total,
    isArchived: z.boolean(),
    isTemplate: z.boolean(),
    isFork: z.boolean(),
    diskUsage: Count.nullish(),
    createdAt: Moment,
    updatedAt: Moment,
    pushedAt: Moment.nullish(),
  })
  .transform((is) => ({
    name: is.nameWithOwner,
    fields: {
      stars: is.stargazerCount,
      forks: is.forkCount,
      watchers: is.watchers,
      open_issues: is.openIssues,
      closed_issues: is.closedIssues,
      total_issues: is.openIssues + is.closedIssues,
      open_prs: is.openPrs,
      closed_prs: is.closedPrs,
      merged_prs: is.mergedPrs,
      total_prs: is.openPrs + is.closedPrs + is.mergedPrs,
      is_archived: is.isArchived,
      is_template: is.isTemplate,
      is_fork: is.isFork,
      disk_usage_kb: is.diskUsage,
      repo_id: is.databaseId?.toString(),
      created_at: is.createdAt,
      updated_at: is.updatedAt,
      pushed_at: is.pushedAt,
    },
  }));
export type Repository = z.output<typeof Repository>;

/** One page of what an owner has; null when GitHub knows no such owner. Each node is checked by itself. */
export const OwnerPage = z
  .object({
    repositories: z.object({
      totalCount: Count,
      pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
      nodes: z.array(z.unknown()),
    }),
  })
  .transform((owner) => owner.repositories);
export type OwnerPage = z.output<typeof OwnerPage>;

/** Only the name of a repository, which also one has whose numbers are wrong. */
export const Named = z.object({ nameWithOwner: FullName }).transform((is) => is.nameWithOwner);

/** What GitHub never changes of a repository, and its name. */
export const Identified = z
  .object({ nameWithOwner: FullName, databaseId: Count })
  .transform((is) => ({ id: String(is.databaseId), name: is.nameWithOwner }));

/** What is left of the token's limit; null on a server that has none. */
export const RateLimit = z.object({ limit: Count, remaining: Count, used: Count, resetAt: Moment }).nullish();
export type RateLimit = NonNullable<z.output<typeof RateLimit>>;

/** One entry of an answer's `errors`; https://spec.graphql.org/October2021/#sec-Errors and GitHub's own `type`. */
export const GraphqlError = z
  .object({
    message: z.string().catch('no reason given'),
    type: z.string().optional().catch(undefined),
    path: z
      .array(z.union([z.string(), z.number()]))
      .nullish()
      .catch(undefined),
    code: z.string().optional().catch(undefined),
    extensions: z.object({ code: z.string().optional() }).nullish().catch(undefined),
  })
  .catch({ message: 'no reason given' });
export type GraphqlError = z.output<typeof GraphqlError>;
