import { afterEach, describe, expect, it } from 'vitest';
import { createTestClock } from '../../testing/clock.ts';
import { collectAll } from '../../testing/context.ts';
import type { FaultName } from '../../testing/stand-in.ts';
import { faults, type GithubStandIn, manyRepositories, numbersOf, startGithub } from '../../testing/stand-ins/github/index.ts';
import { github } from './index.ts';

const opened: GithubStandIn[] = [];
afterEach(async () => {
  for (const standIn of opened.splice(0)) await standIn.close();
});

const repositories = [...manyRepositories('acme', 250), { name: 'x/y' }, { name: 'x/z' }];
const stars = new Map(repositories.map((one) => [one.name, numbersOf(one).stars]));

/** How a run ends under a fault: the errors of both targets (kinds), the problems (items and kinds), the repositories collected. */
interface End {
  readonly errors: readonly string[];
  readonly problems?: readonly string[];
  readonly collected: number;
  /** Tries after the first. */
  readonly retries: number;
}

/** Each target fails in the same way, after `retries` further tries of both. */
function bothFail(kind: string, retries = 0): End {
  return { errors: [kind, kind], collected: 0, retries };
}

const firsts = ['acme/repository-00000', 'acme/repository-00100', 'acme/repository-00200', 'x/y'];
const oneBadOnEach: End = { errors: [], problems: firsts.map((name) => `${name} invalid-answer`), collected: 248, retries: 0 };
const allWell: End = { errors: [], collected: 252, retries: 0 };

const ends: Readonly<Record<FaultName, End>> = {
  refuse: bothFail('network', 6),
  hang: bothFail('timeout', 6),
  drip: bothFail('timeout', 6),
  reset: bothFail('network', 6),
  truncate: bothFail('network', 6),
  'html-200': bothFail('invalid-answer', 6),
  'error-200': bothFail('invalid-answer'),
  '202': bothFail('not-yet', 6),
  '204': bothFail('invalid-answer'),
  'redirect-loop': bothFail('invalid-answer'),
  '401': { errors: ['unauthorized'], collected: 0, retries: 0 },
  '403-scope': bothFail('forbidden'),
  '403-rate': bothFail('quota', 6),
  '403-html': { errors: ['blocked'], collected: 0, retries: 0 },
  '404': bothFail('not-found'),
  '413': { errors: ['too-large'], problems: ['x/y too-large', 'x/z too-large'], collected: 0, retries: 0 },
  '429-seconds': bothFail('rate-limited', 6),
  '429-date': bothFail('rate-limited', 6),
  '429-bare': bothFail('rate-limited', 6),
  '429-absurd': bothFail('rate-limited'),
  '500-then-well': { ...allWell, retries: 1 },
  // One further try at each size: 100, 50, 25, 12, 6, 3, 1 and the name alone; then 2, 1 and 1.
  '502-html': { errors: ['server'], problems: ['x/y server', 'x/z server'], collected: 0, retries: 11 },
  'page-twice': { errors: [], problems: ['acme incomplete'], collected: 152, retries: 0 },
  'endless-pages': { errors: [], problems: ['acme incomplete'], collected: 252, retries: 0 },
  'cursor-repeats': { errors: [], problems: ['acme incomplete'], collected: 202, retries: 0 },
  'invalid-utf8': bothFail('invalid-answer', 6),
  nan: bothFail('invalid-answer', 6),
  'unsafe-integer': oneBadOnEach,
  negative: oneBadOnEach,
  'number-as-string': oneBadOnEach,
  'missing-field': oneBadOnEach,
  'extra-field': allWell,
  'falling-counter': allWell,
  'redirect-other-origin': bothFail('invalid-answer'),
};

describe('under a fault', () => {
  it.each(Object.entries(ends))('%s', async (name, end) => {
    const clock = createTestClock();
    const standIn = await startGithub({ repositories, now: () => clock.now() });
    opened.push(standIn);
    standIn.misbehave(faults[name as FaultName]);
    const token = 'ghp_0123456789abcdefghij';
    const settings = { token, baseUrl: standIn.url, orgs: [{ name: 'acme' }], repos: ['x/y', 'x/z'] };
    const run = await collectAll(github, settings, {
      clock,
      timeoutMs: name === 'hang' || name === 'drip' ? 150 : 5000,
      deadlineMs: 7_200_000,
    });

    expect(standIn.bites).toBeGreaterThan(0);
    expect(standIn.unexpected).toEqual([]);
    // A try that timed out may still be seen while the next begins, as no real time lies between them here.
    if (!end.errors.includes('timeout')) expect(standIn.maxConcurrent).toBe(1);
    expect([...run.errors.values()].map((error) => (error as { kind?: string }).kind)).toEqual(end.errors);
    expect(run.problems.map(({ item, kind }) => `${item} ${kind}`)).toEqual(end.problems ?? []);
    expect(run.retries).toBe(end.retries);

    const collected = run.points.filter(({ measurement }) => measurement === 'github_repository');
    expect(collected).toHaveLength(end.collected);
    expect(new Set(collected.map(({ tags }) => tags.repo)).size).toBe(end.collected);
    const wrong = collected.filter(({ tags, fields }) => fields.stars !== stars.get(tags.repo ?? ''));
    // Stars may fall: that is what was measured.
    expect(wrong.map(({ tags }) => tags.repo)).toEqual(name === 'falling-counter' ? firsts : []);
    expect(run.points.length - collected.length).toBe(collected.length > 0 ? 1 : 0);

    const told = JSON.stringify([
      run.problems,
      run.notices,
      run.lines,
      [...run.errors.values()].map((error) => [error.message, error.stack]),
    ]);
    expect(told).not.toContain(token);
    expect(standIn.other.requests).toEqual([]);
  });
});
