import { describe, expect, it } from 'vitest';
import { keysOf, Settings } from './settings.ts';

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
