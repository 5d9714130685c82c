/*
 * The GraphQL that is sent. A test validates each against GitHub's published schema. Whatever comes from the config travels as a
 * variable, never as text of a query.
 */

/** The most that a connection gives at once; https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#node-limit */
export const pageSize = 100;

/** What a token needs for the numbers of repositories, and for no more than their names. */
export const numbersNeeds = 'to read metadata, issues and pull requests';
export const namesNeeds = 'to read metadata';

const rateLimit = 'rateLimit { limit remaining used resetAt }';

const numbers = `fragment Numbers on Repository {
  nameWithOwner
  databaseId
  stargazerCount
  forkCount
  watchers { totalCount }
  openIssues: issues(states: [OPEN]) { totalCount }
  closedIssues: issues(states: [CLOSED]) { totalCount }
  openPrs: pullRequests(states: [OPEN]) { totalCount }
  closedPrs: pullRequests(states: [CLOSED]) { totalCount }
  mergedPrs: pullRequests(states: [MERGED]) { totalCount }
  isArchived
  isTemplate
  isFork
  diskUsage
  createdAt
  updatedAt
  pushedAt
}`;

/*
 * The oldest first: what is made while the pages are read comes at the end, and no page shifts. Only what the owner owns: without
 * `ownerAffiliations` a user's list also has the repositories of others on which he works.
 */
function ownerQuery(nodes: string): string {
  return `query Owner($login: String!, $size: Int!, $after: String) {
  ${rateLimit}
  owner: repositoryOwner(login: $login) {
    repositories(first: $size, after: $after, ownerAffiliations: [OWNER], orderBy: { field: CREATED_AT, direction: ASC }) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { ${nodes} }
    }
  }
}`;
}

/** One page of what a user or an organisation owns, with its numbers. Variables: `login`, `size`, `after`. */
export const ownerPageQuery = `${ownerQuery('...Numbers')}\n${numbers}`;

/** The same page, names only: to get past a repository whose numbers GitHub cannot count in time. */
export const ownerNamesQuery = ownerQuery('nameWithOwner databaseId');

/** Nothing but what is left of the limit. */
export const rateLimitQuery = `query RateLimit { ${rateLimit} }`;

/** One query for `count` repositories, as `r0`, `r1`, …; variables `o0` `n0`, `o1` `n1`, … */
export function repositoriesQuery(count: number): string {
  const indices = Array.from({ length: count }, (_, index) => index);
  const variables = indices.map((index) => `$o${index}: String!, $n${index}: String!`).join(', ');
  const aliases = indices.map((index) => `  r${index}: repository(owner: $o${index}, name: $n${index}) { ...Numbers }`).join('\n');
  return `query Repositories(${variables}) {\n  ${rateLimit}\n${aliases}\n}\n${numbers}`;
}

/** The variables of that query for these `owner/name`. */
export function repositoriesVariables(names: readonly string[]): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    const slash = name.indexOf('/');
    variables[`o${index}`] = name.slice(0, slash);
    variables[`n${index}`] = name.slice(slash + 1);
  }
  return variables;
}

/** Whose token it is. */
export const viewerQuery = `query Viewer { ${rateLimit} viewer { login } }`;

/** Whether `count` owners or repositories are there, and as what; as `r0`, `r1`, …; variables as `namesVariables` gives them. */
export function namesQuery(kind: 'owners' | 'repositories', count: number): string {
  const indices = Array.from({ length: count }, (_, index) => index);
  const isOwner = kind === 'owners';
  const variables = indices.map((index) => (isOwner ? `$o${index}: String!` : `$o${index}: String!, $n${index}: String!`)).join(', ');
  const aliases = indices.map((index) =>
    isOwner
      ? `r${index}: repositoryOwner(login: $o${index}) { login }`
      : `r${index}: repository(owner: $o${index}, name: $n${index}) { nameWithOwner databaseId }`,
  );
  return `query Names(${variables}) {\n  ${rateLimit}\n  ${aliases.join('\n  ')}\n}`;
}

export function namesVariables(kind: 'owners' | 'repositories', names: readonly string[]): Readonly<Record<string, string>> {
  return kind === 'repositories' ? repositoriesVariables(names) : Object.fromEntries(names.map((name, index) => [`o${index}`, name]));
}
