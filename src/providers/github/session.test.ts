import { describe, expect, it } from 'vitest';
import { createTestContext } from '../../testing/context.ts';
import { github } from './index.ts';
import { createSession, repositoryPoint } from './session.ts';

const total = { totalCount: 1 };
const answer = {
  nameWithOwner: 'Acme/A',
  stargazerCount: 1,
  forkCount: 1,
  watchers: total,
  openIssues: total,
  closedIssues: total,
  openPrs: total,
  closedPrs: total,
  mergedPrs: total,
  isArchived: false,
  isTemplate: false,
  isFork: false,
  createdAt: '2020-01-01T00:00:00Z',
  updatedAt: '2020-01-01T00:00:00Z',
};

function bench() {
  const client = { ask: () => Promise.reject(new Error('not asked here')), rateLimit: undefined };
  const rest = { get: () => Promise.reject(new Error('not asked here')) };
  const session = createSession(client, rest, 50);
  return { ...createTestContext(github, { token: 'ghp_0123456789', repos: ['a/b'] }), session };
}

describe('repositoryPoint', () => {
  it("is stamped with the run's time, and named as GitHub spells it", () => {
    const { context, session } = bench();
    expect(repositoryPoint(answer, 'acme/a', session, context)).toMatchObject({ tags: { repo: 'Acme/A' }, time: context.at });
  });

  it('is made once', () => {
    const { context, session, problems } = bench();
    expect(repositoryPoint(answer, 'acme/a', session, context)).toBeDefined();
    expect(repositoryPoint({ ...answer, nameWithOwner: 'ACME/a' }, 'acme/old', session, context)).toBeUndefined();
    expect(problems).toEqual([]);
  });

  it('is not made of a wrong answer, and may come of a later one', () => {
    const { context, session, problems } = bench();
    expect(repositoryPoint({ ...answer, forkCount: -1 }, 'acme/a', session, context)).toBeUndefined();
    expect(problems.map(({ item, kind }) => [item, kind])).toEqual([['acme/a', 'invalid-answer']]);
    expect(problems[0]?.message).toContain('forkCount');
    expect(repositoryPoint(answer, 'acme/a', session, context)).toBeDefined();
  });
});
