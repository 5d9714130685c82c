import { expect, it, onTestFinished } from 'vitest';
import type { RunReport } from '../src/sdk/report.ts';
import { type GithubOptions, startGithub } from '../src/testing/stand-ins/github/index.ts';
import { newPlace, type Place } from './e2e/place.ts';
import { toGithub, token } from './e2e/upstreams.ts';

const config = { providers: { github: { ...toGithub, orgs: [{ name: 'acme' }], stars: true } } };

/** One run against a GitHub that has these repositories; what its report tells of it. */
async function runAt(place: Place, repositories: GithubOptions['repositories'], args: readonly string[] = []) {
  const github = await startGithub({ repositories, token });
  onTestFinished(() => github.close());
  const { code, stdout } = await place.kpi(['collect', '--json', ...args], { env: { GITHUB_TOKEN: token, GITHUB_URL: github.url } });
  const [provider] = (JSON.parse(stdout) as RunReport).providers;
  expect(github.unexpected).toEqual([]);
  return { code, notices: provider?.problems.map(({ severity, item, message }) => `${severity} ${item}: ${message}`) };
}

it('a repository that was renamed inside an organisation is told of once, and never when nothing changed', async () => {
  await using place = newPlace({ 'kpi.config.json': config });
  const before = [
    { name: 'acme/one', id: 1 },
    { name: 'acme/two', id: 2 },
  ];
  const after = [
    { name: 'acme/first', id: 1, formerly: ['acme/one'] },
    { name: 'acme/two', id: 2 },
  ];
  expect(await runAt(place, before)).toEqual({ code: 0, notices: [] });
  expect(await runAt(place, before)).toEqual({ code: 0, notices: [] });
  expect(await runAt(place, after, ['--dry-run'])).toEqual({ code: 0, notices: [] });
  const notices = ['notice acme/first: acme/one is now acme/first: its numbers go on in a new series'];
  expect(await runAt(place, after)).toEqual({ code: 0, notices });
  expect(await runAt(place, after)).toEqual({ code: 0, notices: [] });
  // Also where its numbers are not collected, and for one that is new under an old name.
  const again = [
    { name: 'acme/ground', id: 1 },
    { name: 'acme/first', id: 3 },
  ];
  expect(await runAt(place, again, ['--measurements', 'github_stars'])).toEqual({
    code: 0,
    notices: [
      'notice acme/ground: acme/first is now acme/ground: its numbers go on in a new series',
      'notice acme/first: acme/first is another one than in earlier runs: the series goes on with the numbers of this one',
    ],
  });
});
