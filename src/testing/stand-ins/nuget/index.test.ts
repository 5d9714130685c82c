import { describe, expect, it, onTestFinished } from 'vitest';
import { type NugetOptions, startNuget } from './index.ts';

const packages: NugetOptions['packages'] = [
  {
    id: 'A',
    owners: ['one', 'Two'],
    versions: [
      { version: '1.0.0', downloads: 10 },
      { version: '2.0.0-beta', downloads: 5 },
    ],
  },
  { id: 'A.B', owners: 'one', versions: [{ version: '1.0.0-rc.1', downloads: 30 }] },
  {
    id: 'C',
    owners: null,
    versions: [
      { version: '1.0.0', downloads: 1, listed: false },
      { version: '0.9.0', downloads: 3 },
    ],
  },
];

async function feed(options: Partial<NugetOptions> = {}) {
  const standIn = await startNuget({ packages, ...options });
  onTestFinished(() => standIn.close());
  return async (query: string, endpoint = 1) => {
    const answer = await fetch(`${standIn.url}/search/${endpoint}/query?${query}`);
    const { data, totalHits } = (await answer.json()) as {
      data: readonly { id: string; version: string; totalDownloads: number }[];
      totalHits: number;
    };
    return { ids: data.map(({ id }) => id), data, totalHits };
  };
}

const whole = 'prerelease=true&semVerLevel=2.0.0';

describe('the NuGet stand-in', () => {
  it('names its search endpoints in the service index', async () => {
    const standIn = await startNuget({ packages });
    onTestFinished(() => standIn.close());
    const { resources } = (await (await fetch(standIn.serviceIndex)).json()) as { resources: readonly Record<string, string>[] };
    expect(resources.filter((one) => one['@type'] === 'SearchQueryService/3.5.0').map((one) => one['@id'])).toEqual([
      `${standIn.url}/search/0/query`,
      `${standIn.url}/search/1/query`,
    ]);
  });

  it('leaves out prereleases, SemVer 2 and unlisted versions, as NuGet does', async () => {
    const search = await feed();
    expect((await search('q=')).ids).toEqual(['A', 'C']);
    expect((await search('prerelease=true')).data.map(({ id, version }) => `${id} ${version}`)).toEqual(['A 2.0.0-beta', 'C 0.9.0']);
    expect((await search(whole)).ids).toEqual(['A', 'A.B', 'C']);
  });

  it('knows conditions in any case, and ignores those that it does not know', async () => {
    const search = await feed();
    expect((await search(`q=packageid:a&${whole}`)).ids).toEqual(['A']);
    expect((await search(`q=id:a&${whole}`)).ids).toEqual(['A', 'A.B']);
    expect((await search(`q=owner:TWO&${whole}`)).ids).toEqual(['A']);
    expect((await search(`q=nonsense:x&${whole}`)).ids).toEqual(['A', 'A.B', 'C']);
  });

  it('pages, and lags behind on one endpoint', async () => {
    const search = await feed({ pageSize: 2 });
    expect(await search(`skip=2&${whole}`)).toMatchObject({ ids: ['C'], totalHits: 3 });
    const [one, other] = [await search(`q=packageid:A.B&${whole}`, 0), await search(`q=packageid:A.B&${whole}`, 1)];
    expect([one.data[0]?.totalDownloads, other.data[0]?.totalDownloads]).toEqual([5, 30]);
  });

  it('refuses what NuGet refuses', async () => {
    const standIn = await startNuget({ packages });
    onTestFinished(() => standIn.close());
    for (const query of ['take=1001', 'skip=3001', 'skip=-1'])
      expect((await fetch(`${standIn.url}/search/0/query?${query}`)).status).toBe(400);
    expect(standIn.unexpected).toHaveLength(3);
  });
});
