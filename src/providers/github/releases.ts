import type { z } from 'zod';
import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import type { Point } from '../../sdk/point.ts';
import { assetsQuery, releasesPage, releasesQuery } from './detail-queries.ts';
import { Asset, type AssetsPage, Release, ReleaseAssets, ReleasesPage } from './detail-schema.ts';
import { checkLength, errorsAt, incomplete, itemError, read, readAs } from './errors.ts';
import { releaseAsset } from './measurements.ts';
import { pageSize } from './queries.ts';
import type { GraphqlError } from './schema.ts';
import { claim, type GithubSession } from './session.ts';
import { createTrail } from './trail.ts';
import { type Lists, type Walker, walk } from './walk.ts';

const needs = 'the scope "repo", or as a fine-grained one "Contents: read"';
export const releaseLists: Lists = { what: 'the releases', needs, query: releasesQuery };
const assetLists: Lists = { what: 'further files of a release', needs, query: assetsQuery };

/** The files of all releases of these repositories. */
export async function* collectReleases(names: readonly string[], session: GithubSession, context: ProviderContext): AsyncGenerator<Point> {
  const more: Walker[] = [];
  const walkers = names.map((name) => releaseWalker(name, session, (walker) => more.push(walker)));
  yield* walk(releaseLists, walkers, session, context);
  yield* walk(assetLists, more, session, context);
}

function releaseWalker(repo: string, session: GithubSession, further: (walker: Walker) => void): Walker {
  const trail = createTrail();
  const seen = new Set<string>();
  let unread = 0;
  return {
    repo,
    variables: () => ({ a: trail.after }),
    *take(found, context, errors) {
      const page = readAs(ReleasesPage, found, `the releases of ${repo}`);
      checkLength(page.nodes.length, releasesPage, `releases of ${repo}`);
      const { name, pageInfo, totalCount: total } = page;
      if (trail.after === null && !claim('releases', name, session)) return false;
      const before = seen.size + unread;
      for (const [index, node] of page.nodes.entries()) {
        const own = errorsAt(errors, 'releases', 'nodes', index);
        const release = readNode(Release, node, own[0], `a release of ${repo}`);
        if (release instanceof PermanentError) {
          unread += 1;
          context.problem(repo, release);
          continue;
        }
        if (seen.has(release.id)) continue;
        seen.add(release.id);
        // A draft may share its tag with others, and nobody can load it.
        if (release.isDraft) continue;
        const of = createFiles({ repo, name, tag: release.tagName });
        if (yield* of.points(release.releaseAssets, below(own, 3), context)) further(of);
      }
      const count = seen.size + unread;
      const { hasNextPage, endCursor } = pageInfo;
      const wrong = hasNextPage ? trail.follow(endCursor, { count, fresh: count - before, total }) : missing(count, total);
      if (wrong !== undefined) throw incomplete(`GitHub's list of the releases of ${name} ${wrong}`);
      return hasNextPage;
    },
  };
}

interface Of {
  /** As it was asked for. */
  readonly repo: string;
  /** As GitHub spells it. */
  readonly name: string;
  readonly tag: string;
}

/** The files of one release. The first page comes with the release, the further ones by themselves. */
function createFiles({ repo, name, tag }: Of) {
  const trail = createTrail();
  const seen = new Set<string>();
  let unread = 0;

  /** The paths of `errors` begin at the release. */
  function* points(page: AssetsPage, errors: readonly GraphqlError[], context: ProviderContext): Generator<Point, boolean> {
    checkLength(page.nodes.length, pageSize, `files of ${tag} of ${repo}`);
    const before = seen.size + unread;
    for (const [index, node] of page.nodes.entries()) {
      const [error] = errorsAt(errors, 'releaseAssets', 'nodes', index);
      const asset = readNode(Asset, node, error, `a file of ${tag} of ${repo}`);
      if (asset instanceof PermanentError) {
        unread += 1;
        context.problem(repo, asset);
      } else if (!seen.has(asset.name)) {
        seen.add(asset.name);
        const tags = { repo: name, release: tag, asset: asset.name };
        yield releaseAsset.of({ tags, fields: { downloads: asset.downloadCount }, time: context.at });
      }
    }
    const { pageInfo, totalCount: total } = page;
    const count = seen.size + unread;
    const wrong = pageInfo.hasNextPage ? trail.follow(pageInfo.endCursor, { count, fresh: count - before, total }) : missing(count, total);
    if (wrong !== undefined) context.problem(repo, incomplete(`GitHub's list of the files of ${tag} of ${name} ${wrong}`));
    return pageInfo.hasNextPage && wrong === undefined;
  }

  return {
    repo,
    variables: () => ({ t: tag, a: trail.after }),
    /** Takes in a page that was asked for by itself. */
    *take(found: unknown, context: ProviderContext, errors: readonly GraphqlError[]): Generator<Point, boolean> {
      const { page } = readAs(ReleaseAssets, found, `the files of ${tag} of ${repo}`);
      // It was taken away meanwhile.
      return page === undefined ? false : yield* points(page, below(errors, 1), context);
    },
    points,
  };
}

/** One node of a list; what is wrong with it is said as GitHub does, where it does. */
function readNode<Schema extends z.ZodType>(schema: Schema, node: unknown, error: GraphqlError | undefined, what: string) {
  const result = read(schema, node, what);
  return result instanceof PermanentError && error ? itemError(what, error, needs) : result;
}

/** The same errors, by their paths from so many steps on. */
function below(errors: readonly GraphqlError[], steps: number): readonly GraphqlError[] {
  return errors.map((error) => ({ ...error, path: error.path?.slice(steps) }));
}

function missing(count: number, total: number): string | undefined {
  return count < total ? `has ${count} of ${total}: the rest is missing` : undefined;
}
