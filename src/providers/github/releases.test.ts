import { describe, expect, it } from 'vitest';
import { bodyFault } from '../../testing/stand-in.ts';
import type { GithubOptions } from '../../testing/stand-ins/github/index.ts';
import { type GithubRun, runAt } from '../../testing/stand-ins/github/run.ts';
import type { GithubRelease } from '../../testing/stand-ins/github/world.ts';
import { github } from './index.ts';

async function assetsOf(world: GithubOptions, run: Partial<GithubRun> = {}) {
  const asked = { windows: {}, only: ['github_release_asset'] };
  const result = await runAt(github, world, { settings: { repos: ['a/b'], releases: true }, asked, ...run });
  const assets = result.points.map(({ tags, fields }) => `${tags.repo} ${tags.release} ${tags.asset} ${fields.downloads}`);
  return { ...result, assets };
}

function release(tag: string, files = 1): GithubRelease {
  return { tag, assets: Array.from({ length: files }, (_, index) => ({ name: `file-${index}.zip`, downloads: 10 * index })) };
}

describe('releases', () => {
  it('tell the downloads of each of their files, but for drafts', async () => {
    const releases = [
      {
        tag: '1.0',
        assets: [
          { name: 'x.zip', downloads: 5 },
          { name: 'x.tar.gz', downloads: 0 },
        ],
      },
      { tag: '2.0', assets: [] },
      { tag: '3.0', draft: true, assets: [{ name: 'x.zip', downloads: 1 }] },
      { tag: '3.0', assets: [{ name: 'x.zip', downloads: 7 }] },
    ];
    const { assets, points, problems, requests } = await assetsOf({ repositories: [{ name: 'a/b', releases }] });
    expect(assets).toEqual(['a/b 1.0 x.zip 5', 'a/b 1.0 x.tar.gz 0', 'a/b 3.0 x.zip 7']);
    expect(points[0]).toEqual({
      measurement: 'github_release_asset',
      tags: { repo: 'a/b', release: '1.0', asset: 'x.zip' },
      fields: { downloads: 5 },
      time: new Date('2026-11-21T20:00:00.000Z'),
    });
    expect([problems, requests]).toEqual([[], 1]);
  });

  it('are read to the end, and their files, too', async () => {
    const releases = Array.from({ length: 60 }, (_, index) => release(`v${index}`, index === 3 ? 250 : 2));
    const { assets, problems, requests } = await assetsOf(
      { repositories: [{ name: 'a/b', releases }, { name: 'a/c' }] },
      { settings: { repos: ['a/b', 'a/c'], releases: true } },
    );
    expect(problems).toEqual([]);
    expect(assets).toHaveLength(59 * 2 + 250);
    expect(new Set(assets).size).toBe(assets.length);
    // Three pages of releases, two more of the files of one.
    expect(requests).toBe(5);
  });

  it('stay within the nodes that a query may have', async () => {
    const repositories = Array.from({ length: 100 }, (_, index) => ({ name: `a/r${index}`, releases: [release('1', 1)] }));
    const { assets, requests, standIn } = await assetsOf(
      { repositories },
      { settings: { orgs: [{ name: 'a' }], releases: true, batchSize: 100 } },
    );
    expect(assets).toHaveLength(100);
    expect(requests).toBe(1 + 5);
    expect(standIn.points.used).toBe(1 + 5 * 5);
  });

  it('whose files cannot be read are a problem, and cost no other', async () => {
    const spoilt = bodyFault('negative', (json) => {
      json.data.r0.releases.nodes[0].releaseAssets.nodes[0].downloadCount = -1;
      json.data.r0.releases.nodes[1] = { id: 'x' };
      return json;
    });
    const world = { repositories: [{ name: 'a/b', releases: [release('1', 2), release('2'), release('3')] }] };
    const { assets, problems } = await assetsOf(world, { before: (standIn) => standIn.misbehave(spoilt) });
    expect(assets).toEqual(['a/b 1 file-1.zip 10', 'a/b 3 file-0.zip 0']);
    expect(problems.map(({ item, kind, message }) => `${item} ${kind} ${message.slice(0, 90)}`)).toEqual([
      'a/b invalid-answer GitHub answered for a file of 1 of a/b what it does not document: downloadCount: Too small',
      'a/b invalid-answer GitHub answered for a release of a/b what it does not document: tagName: expected string, ',
    ]);
  });

  describe('of which GitHub cannot tell one', () => {
    const releases = Array.from({ length: 40 }, (_, index) => release(`v${index}`));
    const world = { repositories: ['a/b', 'a/c'].map((name) => ({ name, releases })) };
    const settings = { repos: ['a/b', 'a/c'], releases: true };

    /** The fourth release of a/b is null. */
    const nothing = (error: object) =>
      bodyFault('missing-field', (json) => {
        const key = ['r0', 'r1'].find(
          (alias) => json.data[alias]?.nameWithOwner === 'a/b' && json.data[alias].releases.nodes[0]?.tagName === 'v0',
        );
        if (key === undefined) return undefined;
        json.data[key].releases.nodes[3] = null;
        return { ...json, errors: [{ ...error, path: [key, 'releases', 'nodes', 3], locations: [{ line: 1, column: 1 }] }] };
      });

    it.each([
      [
        'may not',
        { type: 'FORBIDDEN', message: 'Resource not accessible' },
        2,
        'forbidden',
        'GitHub refuses a release of a/b to the token: Resource not accessible; it needs the scope "repo", or as a fine-grained one "Contents: read"',
      ],
      [
        'fails to',
        { message: 'Something went wrong' },
        4,
        'invalid-answer',
        'GitHub gave no answer for a release of a/b: Something went wrong',
      ],
    ])('as it %s, are told but for that one, which is a problem in its own words', async (_why, error, most, kind, message) => {
      const { assets, problems, requests } = await assetsOf(world, { settings, before: (standIn) => standIn.misbehave(nothing(error)) });
      const lost = 'a/b v3 file-0.zip 0';
      expect(assets.toSorted()).toEqual(
        ['a/b', 'a/c']
          .flatMap((repo) => releases.map(({ tag }) => `${repo} ${tag} file-0.zip 0`))
          .filter((one) => one !== lost)
          .toSorted(),
      );
      expect(problems).toEqual([{ item: 'a/b', kind, message }]);
      // Two pages; where GitHub failed, a/b once more by itself.
      expect(requests).toBeLessThanOrEqual(most);
    });

    it('are told to its last file', async () => {
      const files = bodyFault('missing-field', (json) => {
        const first = json.data.r0.releases === undefined;
        const page = first ? json.data.r0.release.releaseAssets : json.data.r0.releases.nodes[0].releaseAssets;
        page.nodes[1] = null;
        const path = first ? ['r0', 'release'] : ['r0', 'releases', 'nodes', 0];
        return { ...json, errors: [{ type: 'FORBIDDEN', message: 'no', path: [...path, 'releaseAssets', 'nodes', 1] }] };
      });
      const { assets, problems } = await assetsOf(
        { repositories: [{ name: 'a/b', releases: [release('1', 120), release('2')] }] },
        { before: (standIn) => standIn.misbehave(files) },
      );
      expect(assets).toHaveLength(118 + 1);
      expect(problems.map(({ item, kind, message }) => `${item} ${kind} ${message.slice(0, 55)}`)).toEqual([
        'a/b forbidden GitHub refuses a file of 1 of a/b to the token: no; it ',
        'a/b forbidden GitHub refuses a file of 1 of a/b to the token: no; it ',
      ]);
    });

    it('are a problem as a whole where the list is what failed', async () => {
      const list = bodyFault('missing-field', (json) => ({
        ...json,
        errors: [{ type: 'FORBIDDEN', message: 'no', path: ['r0', 'releases', 'nodes'] }],
      }));
      const { assets, problems } = await assetsOf(world, { settings, before: (standIn) => standIn.misbehave(list) });
      expect([assets.filter((one) => one.startsWith('a/b')), problems.map(({ item, kind }) => [item, kind])[0]]).toEqual([
        [],
        ['a/b', 'forbidden'],
      ]);
    });
  });

  it('that are fewer than GitHub says are a problem', async () => {
    const fewer = bodyFault('page-twice', (json) => {
      json.data.r0.releases.totalCount = 3;
      json.data.r0.releases.nodes[0].releaseAssets.totalCount = 9;
      return json;
    });
    const world = { repositories: [{ name: 'a/b', releases: [release('1')] }] };
    const { assets, problems } = await assetsOf(world, { before: (standIn) => standIn.misbehave(fewer) });
    expect(assets).toHaveLength(1);
    expect(problems).toEqual([
      { item: 'a/b', kind: 'incomplete', message: "GitHub's list of the files of 1 of a/b has 1 of 9: the rest is missing" },
      { item: 'a/b', kind: 'incomplete', message: "GitHub's list of the releases of a/b has 1 of 3: the rest is missing" },
    ]);
  });

  it('that went between two pages are no problem', async () => {
    const gone = bodyFault('missing-field', (json) =>
      json.data.r0.release === undefined ? undefined : { data: { ...json.data, r0: { ...json.data.r0, release: null } } },
    );
    const world = { repositories: [{ name: 'a/b', releases: [release('1', 120)] }] };
    const { assets, problems } = await assetsOf(world, { before: (standIn) => standIn.misbehave(gone) });
    expect([assets.length, problems]).toEqual([100, []]);
  });

  it('that a token may not see are a problem, which says what is missing', async () => {
    const { points, problems } = await assetsOf({ repositories: [{ name: 'a/b', refused: { releases: true } }] });
    expect(points).toEqual([]);
    expect(problems).toEqual([
      {
        item: 'a/b',
        kind: 'forbidden',
        message:
          'GitHub refuses the releases of a/b to the token: Resource not accessible by personal access token; it needs the scope "repo", or as a fine-grained one "Contents: read"',
      },
    ]);
  });
});
