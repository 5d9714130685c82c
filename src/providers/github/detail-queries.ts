import { pageSize } from './queries.ts';

/*
 * Lists of several repositories in one query, each of which goes on at its own place: `r0`, `r1`, …; variables `o0` and `n0` as for
 * repositories, `a0` the cursor. A test validates them, too.
 */

const rateLimit = 'rateLimit { limit remaining used resetAt }';
const pageInfo = 'pageInfo { hasNextPage endCursor }';
const assets = `totalCount ${pageInfo} nodes { name downloadCount }`;

/** Releases on a page, each with a page of its files: 20 repositories are 52,500 nodes, and GitHub allows 500,000. */
export const releasesPage = 25;

/** The newest stars first, so that what was read before need not be read again. */
export function starsQuery(count: number): string {
  const list = (index: number) =>
    `createdAt stargazers(first: ${pageSize}, after: $a${index}, orderBy: { field: STARRED_AT, direction: DESC }) { totalCount ${pageInfo} edges { starredAt } }`;
  return listsQuery('Stars', count, list);
}

/** The oldest releases first: one that is made while the pages are read comes at the end. */
export function releasesQuery(count: number): string {
  const list = (index: number) =>
    `releases(first: ${releasesPage}, after: $a${index}, orderBy: { field: CREATED_AT, direction: ASC }) { totalCount ${pageInfo} nodes { id tagName isDraft releaseAssets(first: ${pageSize}) { ${assets} } } }`;
  return listsQuery('Releases', count, list);
}

/** Further files of releases; variables besides: `t0` the release's tag. */
export function assetsQuery(count: number): string {
  const list = (index: number) => `release(tagName: $t${index}) { releaseAssets(first: ${pageSize}, after: $a${index}) { ${assets} } }`;
  return listsQuery('Assets', count, list, ['t']);
}

function listsQuery(name: string, count: number, list: (index: number) => string, more: readonly string[] = []): string {
  const indices = Array.from({ length: count }, (_, index) => index);
  const required = ['o', 'n', ...more];
  const variables = indices.flatMap((index) => [...required.map((letter) => `$${letter}${index}: String!`), `$a${index}: String`]);
  const aliases = indices.map(
    (index) => `  r${index}: repository(owner: $o${index}, name: $n${index}) { nameWithOwner databaseId ${list(index)} }`,
  );
  return `query ${name}(${variables.join(', ')}) {\n  ${rateLimit}\n${aliases.join('\n')}\n}`;
}
