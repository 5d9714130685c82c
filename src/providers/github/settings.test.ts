import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Settings } from './settings.ts';

function problems(given: object): readonly string[] {
  const parsed = Settings.safeParse({ token: 'ghp_0123456789', ...given });
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('Settings', () => {
  it('collect nothing but numbers where they do not say more', () => {
    const settings = Settings.parse({ token: 'ghp_0123456789', orgs: [{ name: 'acme' }] });
    expect(settings).toMatchObject({ traffic: false, releases: false, stars: false });
  });

  it('choose among what is collected', () => {
    const config = { orgs: [{ name: 'Acme', exclude: ['Left'] }], repos: ['x/Y', 'acme/kept'] };
    for (const chosen of [true, false, [], ['acme/a', 'X/y', 'ACME/kept']]) expect(problems({ ...config, traffic: chosen })).toEqual([]);
    expect(problems({ ...config, stars: ['acme/a', 'x/z', 'acme/left'], releases: ['a/b'] })).toEqual([
      'releases.0: a/b is not collected: add it to "repos", or its owner to "orgs"',
      'stars.1: x/z is not collected: add it to "repos", or its owner to "orgs"',
      'stars.2: acme/left is not collected: add it to "repos", or its owner to "orgs"',
    ]);
    for (const wrong of ['yes', 1]) {
      expect(problems({ ...config, traffic: wrong })).toEqual(['traffic: must be true, false, or a list of "owner/name"']);
    }
    for (const wrong of ['name', 'acme/*']) expect(problems({ ...config, traffic: [wrong] })).toEqual(['traffic.0: must be "owner/name"']);
  });

  it('has defaults', () => {
    const settings = Settings.parse({ token: 'ghp_0123456789', orgs: [{ name: 'acme' }] });
    expect(settings).toMatchObject({
      orgs: [{ name: 'acme', exclude: [] }],
      repos: [],
      batchSize: 50,
      baseUrl: 'https://api.github.com',
    });
    expect(JSON.stringify(settings)).not.toContain('ghp_0123456789');
  });

  it.each([
    ['https://ghe.example/api/v3', 'https://ghe.example/api/v3'],
    ['https://ghe.example/api/v3/', 'https://ghe.example/api/v3'],
    ['https://ghe.example/api/graphql', 'https://ghe.example/api'],
    ['https://api.github.com/graphql/', 'https://api.github.com'],
  ])('takes %s', (baseUrl, meant) => {
    expect(Settings.parse({ token: 't', repos: ['a/b'], baseUrl }).baseUrl).toBe(meant);
  });

  it('says in one sentence each what is wrong', () => {
    expect(problems({})).toEqual([': names nothing to collect: set "orgs" or "repos"']);
    expect(problems({ orgs: [{ name: 'acme' }, { name: 'b' }, { name: 'ACME' }] })).toEqual(['orgs.2.name: ACME stands twice in "orgs"']);
    expect(problems({ orgs: [{ name: 'https://github.com/acme' }] })).toEqual([
      'orgs.0.name: must be the login of a user or an organisation, as in github.com/LOGIN',
    ]);
    expect(problems({ orgs: [{ name: 'a', exclude: ['a/b'] }] })).toEqual([
      'orgs.0.exclude.0: must be the name of a repository without its owner',
    ]);
    expect(problems({ repos: ['akka.net'] })).toEqual(['repos.0: must be "owner/name"']);
    expect(problems({ repos: ['a/b/c'] })).toEqual(['repos.0: must be "owner/name"']);
    expect(problems({ repos: ['a/b'], baseUrl: 'ftp://a' })).toEqual(['baseUrl: must be an http or https address']);
    expect(problems({ repos: ['a/b'], baseUrl: 'https://me:secret@a' })).toEqual(['baseUrl: must have no user, query or fragment']);
    expect(problems({ repos: ['a/b'], batchSize: 0 })).toHaveLength(1);
    expect(problems({ repos: ['a/b'], batchSize: 101 })).toHaveLength(1);
  });

  it('can be told as JSON Schema', () => {
    expect(z.toJSONSchema(Settings, { io: 'input' })).toMatchObject({ required: ['token'], additionalProperties: false });
  });
});
