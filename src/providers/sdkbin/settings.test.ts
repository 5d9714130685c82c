import { describe, expect, it } from 'vitest';
import { hasKnownKey, keysOf, Settings } from './settings.ts';

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

describe('the key of an address is known', () => {
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
    expect(hasKnownKey(address)).toBe(isKnown);
  });
});
