import { afterEach, describe, expect, it } from 'vitest';
import { createTestClock, type TestClock } from '../src/testing/clock.ts';
import { type GithubStandIn, startGithub } from '../src/testing/stand-ins/github/index.ts';
import type { GithubRepository } from '../src/testing/stand-ins/github/world.ts';
import { inFolder, runCell, type Seen } from './faults/run-cell.ts';
import type { Upstream } from './faults/upstreams.ts';

const secret = { name: 'TOKEN_OF_DAYS', value: 'ghp_0123456789abcdefghijklmnopqrst' };
const dayMs = 86_400_000;
const opened: GithubStandIn[] = [];
afterEach(async () => {
  for (const standIn of opened.splice(0)) await standIn.close();
});

/** A GitHub whose repositories may change between runs. */
async function upstreamOf(
  repositories: GithubRepository[],
  settings: object,
  clock: TestClock,
): Promise<Upstream & { readonly standIn: GithubStandIn }> {
  const standIn = await startGithub({ repositories, token: secret.value, now: () => clock.now() });
  opened.push(standIn);
  const entry = { type: 'github', token: `\${${secret.name}}`, baseUrl: standIn.url, ...settings };
  return { standIn, secret, entry, truth: () => [] };
}

function daysIn({ stored }: Seen, measurement: string, field: string): Readonly<Record<string, unknown>> {
  const rows = stored.filter((row) => row.measurement === measurement);
  const days = rows.map(({ time, fields }) => [time.slice(0, 10), fields[field]] as const).sort();
  expect(new Set(days.map(([day]) => day)).size).toBe(days.length);
  return Object.fromEntries(days.filter(([, value]) => value !== undefined));
}

function day(clock: TestClock, ago: number, time = '12:00:00'): string {
  return `${new Date(clock.now().getTime() - ago * dayMs).toISOString().slice(0, 10)}T${time}Z`;
}

describe('days of a repository', () => {
  it('stars: all of them the first time, then what is new; a day that became less is corrected', async () => {
    const clock = createTestClock();
    const old = Array.from(
      { length: 450 },
      (_, index) => `20${10 + Math.floor(index / 45)}-03-01T${String(Math.floor((index % 45) / 2)).padStart(2, '0')}:00:00Z`,
    );
    const recent = [day(clock, 2), day(clock, 1), day(clock, 1, '13:00:00'), day(clock, 0)];
    const repositories: GithubRepository[] = [{ name: 'a/b', createdAt: '2010-01-01T00:00:00Z', starredAt: [...old, ...recent] }];
    const upstream = await upstreamOf(repositories, { repos: ['a/b'], stars: true, only: ['github_stars'] }, clock);
    const upstreams = new Map([['gh', upstream]]);
    await inFolder(async (dir) => {
      const first = await runCell({ dir, upstreams, clock });
      expect(first.report.exitCode).toBe(0);
      expect(upstream.standIn.requests).toHaveLength(5);
      const days = daysIn(first, 'github_stars', 'gained');
      expect(Object.values(days).reduce((sum: number, gained) => sum + Number(gained), 0)).toBe(454);
      expect(days).toMatchObject({
        '2010-03-01': 45,
        '2019-03-01': 45,
        '2026-11-19': 1,
        '2026-11-20': 2,
        '2026-11-21': 1,
        '2026-11-18': 0,
      });

      // One takes a star back, one gives one, and a day goes by.
      repositories[0] = {
        ...repositories[0],
        name: 'a/b',
        starredAt: [...old, day(clock, 2), day(clock, 1), day(clock, 0), day(clock, -1, '01:00:00')],
      };
      clock.advance(dayMs);
      const second = await runCell({ dir, upstreams, clock });
      expect(second.report.exitCode).toBe(0);
      expect(upstream.standIn.requests).toHaveLength(6);
      expect(daysIn(second, 'github_stars', 'gained')).toEqual({ ...days, '2026-11-20': 1, '2026-11-22': 1 });
    });
  });

  it('traffic: the days that GitHub still has, and no more than whole ones', async () => {
    const clock = createTestClock();
    const views = Object.fromEntries(
      Array.from({ length: 15 }, (_, ago) => [day(clock, ago).slice(0, 10), { count: 100 + ago, uniques: 10 }]),
    );
    const repositories: GithubRepository[] = [
      { name: 'a/b', traffic: { views, clones: { [day(clock, 3).slice(0, 10)]: { count: 2, uniques: 1 } } } },
    ];
    const upstream = await upstreamOf(repositories, { orgs: [{ name: 'a' }], traffic: true, only: ['github_traffic'] }, clock);
    const upstreams = new Map([['gh', upstream]]);
    await inFolder(async (dir) => {
      const first = await runCell({ dir, upstreams, clock });
      expect(first.report.exitCode).toBe(0);
      const days = daysIn(first, 'github_traffic', 'views');
      expect(Object.keys(days)).toHaveLength(14);
      expect([days['2026-11-08'], days['2026-11-21']]).toEqual([113, 100]);
      expect(daysIn(first, 'github_traffic', 'clones')).toEqual({ '2026-11-18': 2 });

      // The present day goes on; what is final is not written anew, whatever GitHub says now.
      repositories[0] = {
        name: 'a/b',
        traffic: { views: { ...views, '2026-11-08': { count: 1, uniques: 1 }, '2026-11-21': { count: 150, uniques: 12 } } },
      };
      clock.advance(3_600_000);
      const second = await runCell({ dir, upstreams, clock });
      expect(daysIn(second, 'github_traffic', 'views')).toEqual({ ...days, '2026-11-21': 150 });
    });
  });

  it('traffic that a token may not see costs no other repository, and no other measurement', async () => {
    const clock = createTestClock();
    const traffic = { views: { [day(clock, 1).slice(0, 10)]: { count: 5, uniques: 1 } } };
    const repositories = [
      { name: 'a/b', traffic, refused: { traffic: 'push' as const } },
      { name: 'a/c', traffic },
    ];
    const upstream = await upstreamOf(repositories, { orgs: [{ name: 'a' }], traffic: true, releases: true, stars: true }, clock);
    await inFolder(async (dir) => {
      const { report, stored } = await runCell({ dir, upstreams: new Map([['gh', upstream]]), clock });
      expect(report.exitCode).toBe(3);
      expect(report.providers[0]?.problems).toMatchObject([
        { severity: 'error', target: 'traffic of a/b', kind: 'forbidden', message: expect.stringContaining('Administration: read') },
      ]);
      expect(stored.filter(({ measurement }) => measurement === 'github_traffic').map(({ tags }) => tags.repo)).toEqual(['a/c']);
      expect(stored.filter(({ measurement }) => measurement === 'github_repository')).toHaveLength(2);
    });
  });
});
