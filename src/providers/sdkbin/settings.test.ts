import { describe, expect, it } from 'vitest';
import { problemsOf } from '../../testing/made-up.ts';
import { sdkbin } from './index.ts';
import { feedProblem, keysOf, Settings } from './settings.ts';

const feed = 'https://feed.sdkbin.com/auth/AbC-123%2Bxyz/v3/index.json';

describe('settings', () => {
  it('keep the feed in, and tell its key', () => {
    const settings = Settings.parse({ feed, packages: ['TurboMqtt'] });
    expect(JSON.stringify(settings)).toBe('{"feed":"***","packages":["TurboMqtt"]}');
    expect(settings.feed.parts()).toEqual(['AbC-123%2Bxyz', 'AbC-123+xyz']);
  });

  it.each([
    [{ feed, packages: [] }, /names no packages/],
    [{ feed, packages: ['Akka owner:x'] }, /one word/],
    [{ packages: ['Akka'] }, /Invalid input/],
    [{ feed, packages: ['Akka'], owners: ['x'] }, /owners/],
  ])('refuse %j', (settings, message) => {
    const issues = Settings.safeParse(settings).error?.issues ?? [];
    expect(issues.map((issue) => issue.message).join()).toMatch(message);
  });
});

describe('the keys of an address', () => {
  it.each([
    ['https://feed.sdkbin.com/auth/key-0123456789/v3/index.json', ['key-0123456789']],
    ['https://FEED.sdkbin.com/AUTH/key-0123456789', ['key-0123456789']],
    ['https://ada:p%40ss@proxy.example/v3/index.json', ['p%40ss', 'p@ss']],
    ['https://proxy.example/v3/index.json', []],
    ['no address/auth/', []],
    ['https://a.example/auth/k%ZZ/v3', ['k%ZZ']],
  ])('%s: %j', (address, keys) => {
    expect(keysOf(address)).toEqual(keys);
  });
});

describe('an address whose key is known', () => {
  it.each([
    [feed, true],
    ['https://proxy.example/feeds/AUTH/12345678/v3/index.json', true],
    ['https://ada:p%40ss-of-ada@proxy.example/auth/12345678/v3/index.json', true],
    ['https://proxy.example/auth/1234567/v3/index.json', false],
    ['https://proxy.example/auth/%31%32%33%34/v3/index.json', false],
    ['https://proxy.example/auth/', false],
    ['https://proxy.example/auth/key-0123456789', false],
    ['https://proxy.example/key-0123456789/v3/index.json', false],
    [`${feed}?key=another-key-0123`, false],
    [`${feed}#another-key-0123`, false],
  ])('%s: %s', (address, isKnown) => {
    const said = feedProblem(address);
    if (isKnown) expect(said).toBeUndefined();
    else expect(said).toMatch(/^must be as https:\/\/feed\.sdkbin\.com\/auth\/KEY\/v3\/index\.json, with a KEY of 8/);
  });
});

describe('a feed that is none', () => {
  const providers = { sdkbin: async () => sdkbin };
  const config = (feed: unknown) => ({ providers: { sdkbin: { feed, packages: ['TurboMqtt'] } } });

  it.each([
    ['https://feed.sdkbin.com/v3/index.json', /^providers\.sdkbin\.feed: must be as https:/],
    ['https://feed.sdkbin.com/auth/key-0123456789/v3/index.json?x=1', /^providers\.sdkbin\.feed: must be as https:/],
    ['feed.sdkbin.com/auth/key-0123456789/v3/index.json', /^providers\.sdkbin\.feed: is no http or https address/],
  ])('is a problem of the config, written out or in a variable, and not quoted: %s', async (address, message) => {
    for (const written of [address, '${SDKBIN_FEED}']) {
      const problems = await problemsOf(config(written), { providers, env: { SDKBIN_FEED: address } });
      expect(problems).toEqual([expect.stringMatching(message)]);
      expect(problems[0]).not.toContain('key-0123456789');
    }
  });

  it('is not looked for where its value is not known', async () => {
    const env = { SDKBIN_FEED: 'https://feed.sdkbin.com/v3/index.json' };
    expect(await problemsOf(config('${SDKBIN_FEED}'), { providers, env, select: { providers: [] } })).toEqual([]);
    const fromCommand = { command: [process.execPath, '-p', JSON.stringify(env.SDKBIN_FEED)] };
    expect(await problemsOf(config(fromCommand), { providers })).toEqual([]);
  });
});
