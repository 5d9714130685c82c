import { GraphQLError } from 'graphql';
import type { GithubRepository, GithubWorld } from './world.ts';
import { numbersOf } from './world.ts';

/** What one query meets on its way. */
export interface Scene {
  readonly world: GithubWorld;
  /** The most repositories whose numbers one query can have; the rest is left out. */
  readonly most: number;
  readonly rateLimit: object | null;
  /** Repositories whose numbers were counted. */
  counted: number;
  /** Set when GitHub runs out of time. */
  timedOut: boolean;
}

interface CutArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly orderBy?: { readonly field: string; readonly direction: 'ASC' | 'DESC' } | null;
}

interface PageArguments extends CutArguments {
  readonly ownerAffiliations: readonly string[];
}

/** The root of GitHub's `Query`, as far as it is played here. Errors carry GitHub's `type` in their extensions. */
export function rootOf(scene: Scene) {
  return {
    rateLimit: () => scene.rateLimit,
    viewer: () => ({ login: 'ada' }),
    repository: ({ owner, name }: { readonly owner: string; readonly name: string }) => {
      const found = find(scene.world, `${owner}/${name}`);
      if (found === undefined || found.hidden === 'unseen') {
        throw githubError('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`);
      }
      return repositoryOf(found, scene);
    },
    // Unlike `organization` and `user` it says nothing of an owner that is not there.
    repositoryOwner: ({ login }: { readonly login: string }) => ownerOf(login, scene) ?? null,
  };
}

function githubError(type: string, message: string, extensions: Readonly<Record<string, unknown>> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { ...extensions, type } });
}

export function find(world: GithubWorld, name: string): GithubRepository | undefined {
  return (
    world.repositories.find((one) => same(one.name, name)) ?? world.repositories.find((one) => one.formerly?.some((old) => same(old, name)))
  );
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function ownerOf(login: string, scene: Scene) {
  const { repositories, owners = [] } = scene.world;
  const owned = repositories.filter((one) => same(one.name.split('/')[0] ?? '', login));
  const known = owners.find((owner) => same(owner.login, login));
  if (known === undefined && owned.length === 0) return undefined;
  const worksOn = known?.worksOn?.flatMap((name) => find(scene.world, name) ?? []) ?? [];
  return {
    __typename: known?.type ?? 'Organization',
    login: known?.login ?? owned[0]?.name.split('/')[0],
    repositories: (asked: PageArguments) => {
      const all = [...owned, ...(asked.ownerAffiliations.includes('COLLABORATOR') ? worksOn : [])];
      return page(
        all.filter((one) => one.hidden !== 'unseen'),
        asked,
        scene,
      );
    },
  };
}

function page(all: readonly GithubRepository[], asked: PageArguments, scene: Scene) {
  const ordered = asked.orderBy?.field === 'NAME' ? all.toSorted((one, other) => one.name.localeCompare(other.name)) : [...all];
  if (asked.orderBy?.direction === 'DESC') ordered.reverse();
  const { items, ...connection } = cut(ordered, asked, 'repositories');
  return { ...connection, nodes: () => items.map((one) => attempted(() => repositoryOf(one, scene))) };
}

/** A page of any list. https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#node-limit */
function cut<T>(all: readonly T[], { first, last, after }: CutArguments, name: string) {
  const size = first ?? last ?? undefined;
  if (size === undefined) {
    const message = `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`;
    throw githubError('MISSING_PAGINATION_BOUNDARIES', message);
  }
  if (size < 1 || size > 100) {
    const message = `Requesting ${size} records on the \`${name}\` connection exceeds the \`first\` limit of 100 records.`;
    throw githubError('EXCESSIVE_PAGINATION', message);
  }
  const from = after === null || after === undefined ? 0 : placeOf(after);
  const items = all.slice(from, from + size);
  const end = from + items.length;
  return {
    items,
    totalCount: all.length,
    pageInfo: { hasNextPage: end < all.length, hasPreviousPage: from > 0, endCursor: items.length === 0 ? null : cursorOf(end) },
  };
}

/** A cursor; `salt` makes another one that leads to the same place. */
export function cursorOf(place: number, salt = ''): string {
  return Buffer.from(`cursor:v2:${place}:${salt}`).toString('base64');
}

/** Where it leads to. Throws as GitHub does where it is none. */
export function placeOf(cursor: string): number {
  const place = /^cursor:v2:(\d+):/.exec(Buffer.from(cursor, 'base64').toString())?.[1];
  if (place === undefined) throw githubError('INVALID_CURSOR_ARGUMENTS', `\`${cursor}\` does not appear to be a valid cursor.`);
  return Number(place);
}

/** An error in a list is the error of that place alone. */
function attempted<T>(work: () => T): T | GraphQLError {
  try {
    return work();
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function repositoryOf(one: GithubRepository, scene: Scene) {
  if (one.hidden === 'saml') {
    const message =
      'Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.';
    throw githubError('FORBIDDEN', message, { saml_failure: true });
  }
  const is = numbersOf(one);
  let counting = false;
  function counted(count: number) {
    if (!counting) {
      counting = true;
      scene.counted += 1;
    }
    if (one.heavy === 'timeout') scene.timedOut = true;
    if (one.heavy === 'resources' || scene.counted > scene.most) {
      throw githubError('RESOURCE_LIMITS_EXCEEDED', 'Resource limits for this query exceeded.');
    }
    return { totalCount: count };
  }
  function byState(counts: Readonly<Record<string, number>>) {
    return ({ states }: { readonly states?: readonly string[] | null }) => {
      const wanted = states ?? Object.keys(counts);
      return counted(wanted.reduce((sum, state) => sum + (counts[state] ?? 0), 0));
    };
  }
  return {
    nameWithOwner: one.name,
    databaseId: is.id,
    stargazerCount: is.stars,
    forkCount: is.forks,
    watchers: () => counted(is.watchers),
    issues: byState({ OPEN: is.openIssues, CLOSED: is.closedIssues }),
    pullRequests: byState({ OPEN: is.openPrs, CLOSED: is.closedPrs, MERGED: is.mergedPrs }),
    isArchived: is.archived,
    isTemplate: is.template,
    isFork: is.fork,
    diskUsage: is.diskUsage,
    createdAt: is.createdAt,
    updatedAt: is.updatedAt,
    pushedAt: is.pushedAt,
    ...listsOf(one),
  };
}

/** What is read of a repository page by page. */
function listsOf(one: GithubRepository) {
  const releases = (one.releases ?? []).map((release, index) => ({
    id: `RE_${one.name}_${index}`,
    tagName: release.tag,
    isDraft: release.draft ?? false,
    releaseAssets(asked: CutArguments) {
      const { items, ...connection } = cut(release.assets, asked, 'releaseAssets');
      return { ...connection, nodes: items.map(({ name, downloads }) => ({ name, downloadCount: downloads })) };
    },
  }));
  function refuse(what: 'releases' | 'stars'): void {
    if (one.refused?.[what]) throw githubError('FORBIDDEN', 'Resource not accessible by personal access token');
  }
  return {
    releases(asked: CutArguments) {
      refuse('releases');
      const { items, ...connection } = cut(inOrder(releases, asked), asked, 'releases');
      return { ...connection, nodes: items };
    },
    // A draft has no tag yet.
    release({ tagName }: { readonly tagName: string }) {
      refuse('releases');
      return releases.find((release) => !release.isDraft && release.tagName === tagName) ?? null;
    },
    stargazers(asked: CutArguments) {
      refuse('stars');
      const { items, ...connection } = cut(inOrder(one.starredAt ?? [], asked), asked, 'stargazers');
      return { ...connection, edges: items.map((starredAt) => ({ starredAt })) };
    },
  };
}

function inOrder<T>(ascending: readonly T[], { orderBy }: CutArguments): readonly T[] {
  return orderBy?.direction === 'DESC' ? ascending.toReversed() : ascending;
}
