import { describe, expect, it } from 'vitest';
import { RateLimit, Repository } from './schema.ts';

const answer = {
  nameWithOwner: 'octokit/octokit.rb',
  databaseId: 417862,
  stargazerCount: 3378,
  forkCount: 1100,
  watchers: { totalCount: 90 },
  openIssues: { totalCount: 46 },
  closedIssues: { totalCount: 455 },
  openPrs: { totalCount: 13 },
  closedPrs: { totalCount: 150 },
  mergedPrs: { totalCount: 598 },
  isArchived: false,
  isTemplate: false,
  isFork: false,
  diskUsage: 8123,
  createdAt: '2009-12-10T21:51:18Z',
  updatedAt: '2021-01-19T20:44:18Z',
  pushedAt: '2021-01-18T01:02:03Z',
};

describe('Repository', () => {
  it('adds up issues and pull requests, each of its own kind', () => {
    expect(Repository.parse(answer).fields).toMatchObject({ total_issues: 501, total_prs: 761, repo_id: '417862' });
  });

  it.each(['databaseId', 'diskUsage', 'pushedAt'])('may be without %s', (key) => {
    expect(Repository.safeParse({ ...answer, [key]: null }).success).toBe(true);
    expect(Repository.safeParse({ ...answer, [key]: undefined }).success).toBe(true);
  });

  it.each([
    ['a negative count', { stargazerCount: -1 }],
    ['a fraction', { forkCount: 1.5 }],
    ['a number as text', { stargazerCount: '3' }],
    ['an integer beyond 2^53', { stargazerCount: 2 ** 53 }],
    ['none at all', { openIssues: undefined }],
    ['null where GitHub promises a number', { watchers: null }],
    ['a name with what no name has', { nameWithOwner: '\ufffd\ufffdoctokit/octokit.rb' }],
    ['a time that is none', { createdAt: 'yesterday' }],
  ])('is not one with %s', (_what, wrong) => {
    expect(Repository.safeParse({ ...answer, ...wrong }).success).toBe(false);
  });

  it('is one with fields that nobody asked for', () => {
    expect(Repository.safeParse({ ...answer, somethingNew: 1 }).success).toBe(true);
  });
});

describe('RateLimit', () => {
  it('may be missing', () => {
    expect(RateLimit.parse(null)).toBeNull();
    expect(RateLimit.parse(undefined)).toBeUndefined();
  });
});
