import { z } from 'zod';
import { secret } from '../../sdk/secret.ts';

const login = z.string().regex(/^[A-Za-z0-9_-]+$/, 'must be the login of a user or an organisation, as in github.com/LOGIN');
const repositoryName = z.string().regex(/^[A-Za-z0-9._-]+$/, 'must be the name of a repository without its owner');
const fullName = z.string().regex(/^[A-Za-z0-9_-]+\/[A-Za-z0-9._-]+$/, 'must be "owner/name"');
const baseUrl = z
  .url({ protocol: /^https?$/, message: 'must be an http or https address' })
  .refine((url) => !/[@?#]/.test(url), 'must have no user, query or fragment')
  .transform((url) => url.replace(/\/+$/, '').replace(/\/graphql$/, ''));

/** All repositories of `orgs` and `repos`, or some of them. */
const chosen = z.union([z.boolean(), z.array(fullName)], { error: 'must be true, false, or a list of "owner/name"' }).default(false);

export const Settings = z
  .strictObject({
    token: secret().describe('A token of GitHub. Public repositories need no scope.'),
    orgs: z
      .array(
        z.strictObject({
          name: login.describe('An organisation, or a user.'),
          exclude: z.array(repositoryName).default([]).describe('Repositories of it to leave out.'),
        }),
      )
      .default([])
      .describe('Owners of whom every repository is collected.'),
    repos: z.array(fullName).default([]).describe('Single repositories, as "owner/name".'),
    traffic: chosen
      .describe('Collect views, clones, referrers and popular pages: true, or a list of "owner/name" among those of "orgs" and "repos".')
      .meta({ examples: [true, ['akkadotnet/akka.net']] }),
    releases: chosen
      .describe('Collect the downloads of the files of releases: true, or a list of "owner/name" among those of "orgs" and "repos".')
      .meta({ examples: [true, ['akkadotnet/akka.net']] }),
    stars: chosen
      .describe('Collect the stars gained by day, the first time all: true, or a list of "owner/name" among those of "orgs" and "repos".')
      .meta({ examples: [true, ['akkadotnet/akka.net']] }),
    batchSize: z.int().min(1).max(100).default(50).describe('How many single repositories one query asks for.'),
    baseUrl: baseUrl.prefault('https://api.github.com').describe('For GitHub Enterprise Server: https://HOST/api/v3'),
  })
  .check(({ value, issues }) => {
    const { orgs, repos } = value;
    if (orgs.length + repos.length === 0) {
      issues.push({ code: 'custom', input: value, path: [], message: 'names nothing to collect: set "orgs" or "repos"' });
    }
    const logins = orgs.map((org) => org.name.toLowerCase());
    for (const [index, one] of logins.entries()) {
      if (logins.indexOf(one) === index) continue;
      issues.push({ code: 'custom', input: value, path: ['orgs', index, 'name'], message: `${orgs[index]?.name} stands twice in "orgs"` });
    }
    for (const setting of ['traffic', 'releases', 'stars'] as const) {
      const names = value[setting];
      for (const [index, name] of typeof names === 'boolean' ? [] : names.entries()) {
        if (!name.includes('/') || isCollected(name, orgs, repos)) continue;
        const message = `${name} is not collected: add it to "repos", or its owner to "orgs"`;
        issues.push({ code: 'custom', input: value, path: [setting, index], message });
      }
    }
  });
export type Settings = z.output<typeof Settings>;

interface Org {
  readonly name: string;
  readonly exclude: readonly string[];
}

function isCollected(name: string, orgs: readonly Org[], repos: readonly string[]): boolean {
  const key = name.toLowerCase();
  const [login, short = ''] = key.split('/');
  if (repos.some((repo) => repo.toLowerCase() === key)) return true;
  return orgs.some((org) => org.name.toLowerCase() === login && !org.exclude.some((excluded) => excluded.toLowerCase() === short));
}
