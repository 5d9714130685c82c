import { describe, expect, it, onTestFinished } from 'vitest';
import { nuget } from '../../providers/nuget/index.ts';
import { collectAll } from '../../testing/context.ts';
import { bodyFault, type Fault } from '../../testing/stand-in.ts';
import { type NugetOptions, type NugetPackage, startNuget } from '../../testing/stand-ins/nuget/index.ts';

const akka: NugetPackage = {
  id: 'Akka',
  owners: ['akkadotnet', 'petabridge'],
  versions: [
    { version: '1.4.0', downloads: 5000, listed: false },
    { version: '1.5.0', downloads: 30_000 },
    { version: '1.5.1-beta.1+sha.5114f85', downloads: 200 },
  ],
};
const cmd: NugetPackage = { id: 'Petabridge.Cmd', owners: 'Petabridge', versions: [{ version: '1.0.0', downloads: 700 }] };
const other: NugetPackage = { id: 'Akka.Hosting', owners: 'somebody-else', versions: [{ version: '0.1.0-alpha', downloads: 9 }] };
/** The number of one version is not one. */
const spoilt: NugetPackage = { ...akka, versions: [...akka.versions, { version: '1.6.0', downloads: Number.NaN }] };

async function collect(options: NugetOptions & { readonly fault?: Fault }, settings: Readonly<Record<string, unknown>>) {
  const standIn = await startNuget(options);
  onTestFinished(() => standIn.close());
  standIn.misbehave(options.fault);
  return { standIn, ...(await collectAll(nuget, { ...settings, serviceIndex: standIn.serviceIndex })) };
}

describe('a package', () => {
  it('that is spelt otherwise than before is the same one, under another name; once for each package of an owner', async () => {
    const seen = [];
    for (const id of ['Akka', 'AKKA', 'A\u212Aka']) {
      seen.push((await collect({ packages: [{ ...akka, id }, cmd] }, { owners: ['petabridge'], versions: true })).identified);
    }
    const other = { id: 'petabridge.cmd', name: 'Petabridge.Cmd' };
    expect(seen).toEqual([
      [{ id: 'akka', name: 'Akka' }, other],
      [{ id: 'akka', name: 'AKKA' }, other],
      // The sign of Kelvin has the letter k as its lower case, and is another.
      [{ id: 'a\u212Aka', name: 'A\u212Aka' }, other],
    ]);
  });
});

describe('a package that is named', () => {
  it.each([[[25, 0]], [[0, 25]], [[300, 25, 0]]])('is as the endpoint with the highest total tells it (%j behind)', async (behind) => {
    const { points, problems, notices, standIn } = await collect({ packages: [akka, cmd], behind }, { packages: ['akka'] });
    expect(points).toEqual([
      {
        measurement: 'nuget_package',
        tags: { package: 'Akka' },
        fields: { total_downloads: 35_200, version_count: 2, latest_version: '1.5.1-beta.1' },
        time: new Date('2026-11-21T20:00:00.000Z'),
      },
    ]);
    expect([problems, notices]).toEqual([[], []]);
    expect(standIn.requests).toHaveLength(1 + behind.length);
  });

  it('is asked for with prereleases and SemVer 2', async () => {
    const { standIn } = await collect({ packages: [akka] }, { packages: ['Akka'] });
    expect(standIn.requests.map(({ path, query }) => `${path}?${query}`)).toEqual([
      '/v3/index.json?',
      '/search/0/query?q=packageid%3AAkka&skip=0&take=1&prerelease=true&semVerLevel=2.0.0',
      '/search/1/query?q=packageid%3AAkka&skip=0&take=1&prerelease=true&semVerLevel=2.0.0',
    ]);
  });

  it('has a point for each version, when asked', async () => {
    const { points } = await collect({ packages: [akka], behind: [0] }, { packages: ['Akka'], versions: true });
    expect(points.slice(1).map(({ measurement, tags, fields }) => [measurement, tags, fields])).toEqual([
      ['nuget_package_version', { package: 'Akka', version: '1.5.0' }, { downloads: 30_000 }],
      ['nuget_package_version', { package: 'Akka', version: '1.5.1-beta.1' }, { downloads: 200 }],
    ]);
  });

  it('is an error where it is unknown, and never zero', async () => {
    const { points, errors } = await collect({ packages: [akka, cmd] }, { packages: ['Akka', 'Nowhere', 'Petabridge.Cmd'] });
    expect(points.map(({ tags }) => tags.package)).toEqual(['Akka', 'Petabridge.Cmd']);
    expect([...errors]).toEqual([['package Nowhere', expect.objectContaining({ name: 'PermanentError', kind: 'not-found' })]]);
    expect(errors.get('package Nowhere')?.message).toContain('no package Nowhere is listed');
  });

  it('is unknown where all its versions are unlisted', async () => {
    const unlisted = { ...cmd, versions: [{ version: '1.0.0', downloads: 7, listed: false }] };
    const { points, errors } = await collect({ packages: [unlisted] }, { packages: [cmd.id] });
    expect(points).toEqual([]);
    expect(errors.get('package Petabridge.Cmd')).toMatchObject({ kind: 'not-found' });
  });

  it('is not taken from a feed that ignores the id and answers with any package', async () => {
    const { points, errors } = await collect({ packages: [other, akka], understands: [] }, { packages: ['Akka'] });
    expect(points).toEqual([]);
    const message = expect.stringContaining('answered with Akka.Hosting');
    expect(errors.get('package Akka')).toMatchObject({ kind: 'invalid-answer', message });
  });

  it('has its total inferred where it is not told', async () => {
    const { points } = await collect({ packages: [{ ...akka, totalDownloads: null }], behind: [0] }, { packages: ['Akka'] });
    expect(points[0]?.fields.total_downloads).toBe(30_200);
  });

  it('has no total, and no zero, where it is neither told nor to be inferred', async () => {
    const { points, problems } = await collect({ packages: [{ ...spoilt, totalDownloads: null }], behind: [0] }, { packages: ['Akka'] });
    expect(points.map(({ fields }) => fields)).toEqual([{ version_count: 3, latest_version: '1.6.0' }]);
    expect(problems).toEqual([]);
  });

  it('counts no versions where none are told', async () => {
    const fault = bodyFault('missing-field', ({ data, ...rest }) => (data ? { ...rest, data: [{ ...data[0], versions: [] }] } : undefined));
    const { points } = await collect({ packages: [akka], behind: [0], fault }, { packages: ['Akka'] });
    expect(points.map(({ fields }) => 'version_count' in fields)).toEqual([false]);
  });

  it('counts versions once that differ in build metadata alone', async () => {
    const versions = [
      { version: '1.0.0+a', downloads: 5 },
      { version: '1.0.0+b', downloads: 5 },
    ];
    const { points } = await collect({ packages: [{ ...akka, versions, totalDownloads: null }], behind: [0] }, { packages: ['Akka'] });
    expect(points[0]?.fields).toMatchObject({ version_count: 1, total_downloads: 5 });
  });

  it('keeps its other points where a version lacks its number', async () => {
    const settings = { packages: ['Akka'], versions: true };
    const { points, problems } = await collect({ packages: [{ ...spoilt, totalDownloads: 9 }], behind: [0] }, settings);
    expect(points.map(({ tags, fields }) => tags.version ?? fields.total_downloads)).toEqual([9, '1.5.0', '1.5.1-beta.1']);
    expect(problems).toEqual([{ item: 'Akka', kind: 'invalid-answer', message: expect.stringContaining('1 of its 3 versions: 1.6.0') }]);
  });
});
