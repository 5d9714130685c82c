import { describe, expect, it } from 'vitest';
import { Settings } from './settings.ts';

describe('settings', () => {
  it('default to nuget.org, without versions', () => {
    expect(Settings.parse({ packages: ['Akka'] })).toEqual({
      packages: ['Akka'],
      owners: [],
      versions: false,
      serviceIndex: 'https://api.nuget.org/v3/index.json',
    });
  });

  it.each([
    [{}, /neither packages nor owners/],
    [{ packages: [], owners: [] }, /neither packages nor owners/],
    [{ packages: ['Akka owner:x'] }, /one word/],
    [{ owners: ['a"b'] }, /one word/],
    [{ packages: ['Akka'], serviceIndex: 'nuget.org' }, /http or https address/],
    [{ packages: ['Akka'], serviceIndex: 'ftp://nuget.org/index.json' }, /http or https address/],
    [{ packages: ['Akka'], package: 'Akka' }, /package/],
  ])('refuse %j', (settings, message) => {
    const issues = Settings.safeParse(settings).error?.issues ?? [];
    expect(issues.map((issue) => issue.message).join()).toMatch(message);
  });
});
