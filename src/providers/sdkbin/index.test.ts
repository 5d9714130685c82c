import { describe, expect, it, onTestFinished } from 'vitest';
import { collectAll, createTestContext } from '../../testing/context.ts';
import { providerContract } from '../../testing/contract/provider.ts';
import { type FaultName, faultNames } from '../../testing/stand-in.ts';
import type { NugetPackage } from '../../testing/stand-ins/nuget/index.ts';
import { cannot, faults, type SdkbinOptions, startSdkbin } from '../../testing/stand-ins/sdkbin/index.ts';
import { sdkbin } from './index.ts';
import type { Settings } from './settings.ts';

function packageOf(id: string, own: Partial<NugetPackage> = {}): NugetPackage {
  const versions = [
    { version: '0.1.0', downloads: 30, listed: false },
    { version: '0.2.0', downloads: 12 },
    { version: '0.3.0-beta.1', downloads: 5 },
  ];
  return { id, owners: 'petabridge', versions, ...own };
}

const world = ['TurboMqtt.Testing', 'TurboMqtt.Hosting', 'TurboMqtt', 'Phobos'].map((id) => packageOf(id));

async function start(options: Partial<SdkbinOptions> = {}) {
  const standIn = await startSdkbin({ packages: world, ...options });
  onTestFinished(() => standIn.close());
  return standIn;
}

async function collect(packages: readonly string[], options: Partial<SdkbinOptions> = {}) {
  const standIn = await start(options);
  return { standIn, ...(await collectAll(sdkbin, { feed: standIn.feed, packages })) };
}

providerContract(sdkbin, {
  async start() {
    const standIn = await startSdkbin({ packages: world, pageSize: 2, behind: [25, 0] });
    return { settings: { feed: standIn.feed, packages: ['turbomqtt', 'Phobos'] }, standIn, close: () => standIn.close() };
  },
  // Two search endpoints: two pages of the one, one of the other.
  requests: [
    'GET /auth/key-of-sdkbin-0123456789/v3/index.json',
    ...[0, 1].flatMap((place) => Array(3).fill(`GET /auth/key-of-sdkbin-0123456789/search/${place}/query`)),
  ],
  points: 2,
});

describe('a package', () => {
  it('is what the feed tells of it, under its own spelling', async () => {
    const { points, problems } = await collect(['turboMQTT']);
    expect(points).toEqual([
      {
        measurement: 'sdkbin_package',
        tags: { package: 'TurboMqtt' },
        fields: { total_downloads: 47, version_count: 2, latest_version: '0.3.0-beta.1' },
        time: new Date('2026-11-21T20:00:00.000Z'),
      },
    ]);
    expect(problems).toEqual([]);
  });

  it('that the feed spells otherwise than before is the same one, under another name', async () => {
    const seen = [];
    for (const id of ['TurboMqtt', 'TurboMQTT']) seen.push(...(await collect(['turbomqtt'], { packages: [packageOf(id)] })).identified);
    expect(seen).toEqual([
      { id: 'turbomqtt', name: 'TurboMqtt' },
      { id: 'turbomqtt', name: 'TurboMQTT' },
    ]);
  });

  it('is asked for by its id as a word: conditions are those of nuget.org', async () => {
    const { standIn } = await collect(['Phobos']);
    const path = `/auth/${standIn.key}`;
    expect(standIn.requests.map((one) => `${one.path}?${one.query}`)).toEqual([
      `${path}/v3/index.json?`,
      `${path}/search/0/query?q=Phobos&skip=0&take=100&prerelease=true&semVerLevel=2.0.0`,
    ]);
  });

  it('has no downloads, and no zero, where the feed tells none', async () => {
    const silent = packageOf('Phobos', { totalDownloads: null, versions: [{ version: '2.0.0', downloads: Number.NaN }] });
    const { points } = await collect(['Phobos'], { packages: [silent] });
    expect(points.map(({ fields }) => fields)).toEqual([{ version_count: 1, latest_version: '2.0.0' }]);
  });

  it('that is not listed is an error, and never zero; the others come', async () => {
    const { points, errors } = await collect(['Turbo', 'Phobos']);
    expect(points.map(({ tags }) => tags.package)).toEqual(['Phobos']);
    expect([...errors]).toEqual([['package Turbo', expect.objectContaining({ kind: 'not-found' })]]);
  });

  it('is one target in whatever case, all under one limit by the secret', () => {
    const settings = sdkbin.settings.parse({ feed: 'https://a.example/auth/key-0123456789/v3/index.json', packages: ['A', 'a', 'B'] });
    expect(sdkbin.targets(settings, { windows: {} }).map((one) => sdkbin.label(one))).toEqual(['package A', 'package B']);
    const limits = sdkbin.limits(settings);
    expect(limits).toMatchObject([{ name: 'feed', concurrency: 4 }]);
    expect(JSON.stringify(limits)).not.toContain('key-0123456789');
  });
});

describe('the key', () => {
  const key = 'key-of-the-feed-42';

  it('that is wrong ends the run as blocked, and is not told', async () => {
    const standIn = await start({ key });
    const { errors } = await collectAll(sdkbin, { feed: standIn.feed.replace(key, 'wrong-key-0123'), packages: ['Phobos'] });
    expect(errors.get('connect')).toMatchObject({ name: 'BlockedError', kind: 'unauthorized' });
    expect(errors.get('connect')?.message).toContain('/auth/***/v3/index.json answered 401');
  });

  it.each([
    ['as it is', (text: string) => text],
    ['encoded', (text: string) => text.replaceAll('-', '%2D')],
  ])('goes to no search service at another origin, where the feed names one with the key in its address, %s', async (_, spelt) => {
    const elsewhere = await start({ key });
    const standIn = await start({ key });
    standIn.misbehave({
      name: 'redirect-other-origin',
      act: ({ send }) => {
        const address = `${elsewhere.url}/auth/${spelt(key)}/search/0/query`;
        send({ body: { version: '3.0.0', resources: [{ '@id': address, '@type': 'SearchQueryService' }] } });
      },
    });
    const { errors, points } = await collectAll(sdkbin, { feed: standIn.feed, packages: ['Phobos'] });
    expect(points).toEqual([]);
    expect(elsewhere.requests).toEqual([]);
    expect(errors.get('connect')?.message).toMatch(
      /names a search endpoint at another origin, http:\/\/127\.0\.0\.1:\d+, whose address holds the key/,
    );
    expect(errors.get('connect')?.message).not.toContain(key);
  });

  it('is not needed by a search service at another origin', async () => {
    const elsewhere = await start({ key: 'open-to-everyone' });
    const standIn = await start({ key });
    standIn.misbehave({
      name: 'redirect-other-origin',
      act: ({ send }) => {
        const address = `${elsewhere.url}/auth/open-to-everyone/search/0/query`;
        send({ body: { version: '3.0.0', resources: [{ '@id': address, '@type': 'SearchQueryService' }] } });
      },
    });
    const { points } = await collectAll(sdkbin, { feed: standIn.feed, packages: ['Phobos'] });
    expect(points).toHaveLength(1);
    expect(JSON.stringify(elsewhere.requests.map(({ path, headers }) => [path, headers]))).not.toContain(key);
  });

  it('makes no point that holds it', async () => {
    const { points, redactor } = await collect(['Phobos']);
    expect(redactor.holds(JSON.stringify(points))).toBe(false);
  });
});

describe('a feed that a file or a command gives', () => {
  /** As the engine has it, once it has read the file. */
  async function connect(feed: string) {
    const settings = sdkbin.settings.parse({ feed: { file: 'feed.txt' }, packages: ['Phobos'] }) as Settings;
    settings.feed.resolve(feed);
    const { context } = createTestContext(sdkbin, { ...settings, feed: 'https://a.example/auth/key-0123456789/v3/index.json' });
    return await sdkbin.connect(settings, context);
  }

  it.each([
    ['no address', (feed: string) => feed.replace('http://', ''), /^"feed" is no http or https address/],
    ['another protocol', (feed: string) => feed.replace('http:', 'ftp:'), /^"feed" is no http or https address/],
    ['no /auth/', (feed: string) => feed.replace('/auth/', '/open/'), /^"feed" must be as https:/],
    ['a query', (feed: string) => `${feed}?key=another-key-0123`, /^"feed" must be as https:/],
  ])('is refused before anything is asked, and not quoted, where it is none: %s', async (_, changed, message) => {
    const standIn = await start();
    const error = await connect(changed(standIn.feed)).catch((one: unknown) => one);
    expect(error).toMatchObject({ name: 'PermanentError', kind: 'config', message: expect.stringMatching(message) });
    expect(String(error)).not.toMatch(/key-of-sdkbin|another-key/);
    expect(standIn.requests).toEqual([]);
  });
});

describe('faults of the upstream', () => {
  it('are known, each', () => {
    const known = [...Object.keys(faults), ...Object.keys(cannot)];
    expect(known.sort()).toEqual([...faultNames].sort());
  });

  const harmless: readonly FaultName[] = ['500-then-well', 'extra-field', 'falling-counter', 'missing-field'];

  it.each(Object.keys(faults) as FaultName[])('%s: no false point, and it is told', async (name) => {
    const standIn = await start({ pageSize: 2 });
    const asked = { feed: standIn.feed, packages: ['TurboMqtt'] };
    const good = await collectAll(sdkbin, asked);
    expect(good.points).toHaveLength(1);
    standIn.misbehave(faults[name]);
    const bad = await collectAll(sdkbin, asked, { timeoutMs: 150 });
    expect(standIn.bites).toBeGreaterThan(0);
    expect(standIn.unexpected).toEqual([]);
    expect(bad.points).toHaveLength(harmless.includes(name) ? 1 : 0);
    expect(bad.errors.size).toBe(harmless.includes(name) ? 0 : 1);
    for (const { message } of bad.errors.values()) expect(message).toMatch(/^\S[^\n]{15,}$/);
  });
});
