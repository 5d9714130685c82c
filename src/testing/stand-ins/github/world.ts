/** A repository of the stand-in's world. Plain data; what is not given has a value that follows from the rest. */
export interface GithubRepository {
  /** `owner/name`. */
  readonly name: string;
  readonly id?: number | null;
  readonly stars?: number;
  readonly forks?: number;
  readonly watchers?: number;
  readonly openIssues?: number;
  readonly closedIssues?: number;
  readonly openPrs?: number;
  readonly closedPrs?: number;
  readonly mergedPrs?: number;
  readonly archived?: boolean;
  readonly template?: boolean;
  readonly fork?: boolean;
  readonly diskUsage?: number | null;
  readonly createdAt?: string;
  readonly updatedAt?: string;
  readonly pushedAt?: string | null;
  /** `owner/name` under which it is found as well. */
  readonly formerly?: readonly string[];
  /** The token may not see it: it is not listed, and asked for it is not found (`unseen`) or refused (`saml`, which lists it as null). */
  readonly hidden?: 'unseen' | 'saml';
  /** When it was starred, the oldest first; absent: never. `stars` is another number, as GitHub's own may be. */
  readonly starredAt?: readonly string[];
  readonly releases?: readonly GithubRelease[];
  /** Absent: nobody came. */
  readonly traffic?: GithubTraffic;
  /** What the token may not do: see the traffic, as its user may not push (`push`) or it lacks the permission (`fine-grained`); or these lists. */
  readonly refused?: { readonly traffic?: 'push' | 'fine-grained'; readonly releases?: true; readonly stars?: true };
  /** Its numbers take GitHub too long: the whole query ends in a 502, or only it is left out. */
  readonly heavy?: 'timeout' | 'resources';
}

export interface GithubRelease {
  readonly tag: string;
  readonly draft?: boolean;
  readonly assets: readonly { readonly name: string; readonly downloads: number }[];
}

interface Counted {
  readonly count: number;
  readonly uniques: number;
}

/** What the REST API tells of visitors. Days without any are left out. */
export interface GithubTraffic {
  /** By date, `2026-11-20`. */
  readonly views?: Readonly<Record<string, Counted>>;
  readonly clones?: Readonly<Record<string, Counted>>;
  readonly referrers?: readonly (Counted & { readonly referrer: string })[];
  readonly paths?: readonly (Counted & { readonly path: string; readonly title: string })[];
}

/** What GitHub knows. Owners of repositories are organisations where `owners` does not say otherwise. */
export interface GithubWorld {
  readonly repositories: readonly GithubRepository[];
  readonly owners?: readonly {
    readonly login: string;
    readonly type?: 'User' | 'Organization';
    /** `owner/name` of others' repositories on which it works: listed by those who do not ask for what it owns. */
    readonly worksOn?: readonly string[];
  }[];
}

/** `owner/repository-00000` and so on. */
export function manyNames(owner: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${owner}/repository-${String(index).padStart(5, '0')}`);
}

/** Repositories of these names, each with numbers of its own. */
export function manyRepositories(owner: string, count: number): readonly GithubRepository[] {
  return manyNames(owner, count).map((name, index) => ({ name, id: 1000 + index }));
}

/** All of a repository's numbers. */
export function numbersOf(one: GithubRepository) {
  const seed = [...one.name.toLowerCase()].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 9973, 7);
  return {
    id: one.id === undefined ? seed + 1 : one.id,
    stars: one.stars ?? seed,
    forks: one.forks ?? seed % 97,
    watchers: one.watchers ?? seed % 89,
    openIssues: one.openIssues ?? seed % 83,
    closedIssues: one.closedIssues ?? seed % 79,
    openPrs: one.openPrs ?? seed % 73,
    closedPrs: one.closedPrs ?? seed % 71,
    mergedPrs: one.mergedPrs ?? seed % 67,
    archived: one.archived ?? false,
    template: one.template ?? false,
    fork: one.fork ?? false,
    diskUsage: one.diskUsage === undefined ? seed * 3 : one.diskUsage,
    createdAt: one.createdAt ?? '2019-01-01T00:00:00Z',
    updatedAt: one.updatedAt ?? '2026-11-20T10:00:00Z',
    pushedAt: one.pushedAt === undefined ? '2026-11-20T09:59:59Z' : one.pushedAt,
  };
}
