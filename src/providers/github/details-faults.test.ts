import { describe, expect, it } from 'vitest';
import { createTestClock } from '../../testing/clock.ts';
import { collectAll } from '../../testing/context.ts';
import { type Fault, type FaultName, faultNames } from '../../testing/stand-in.ts';
import { listFaults, restCannot, restFaults, startGithub } from '../../testing/stand-ins/github/index.ts';
import { runToken } from '../../testing/stand-ins/github/run.ts';
import { github } from './index.ts';

const to = new Date('2026-11-21T20:00:00.000Z');
const from = new Date('2026-11-08T00:00:00.000Z');
const counted = { count: 40, uniques: 11 };
const traffic = {
  views: { '2026-11-19': counted, '2026-11-20': counted },
  clones: { '2026-11-19': counted },
  referrers: [{ referrer: 'Google', ...counted }],
  paths: [{ path: '/', title: 'x', ...counted }],
};
const starredAt = Array.from({ length: 230 }, (_, index) => `${new Date(from.getTime() + index * 5_000_000).toISOString().slice(0, 19)}Z`);
const releases = Array.from({ length: 60 }, (_, index) => ({ tag: `v${index}`, assets: [{ name: 'x.zip', downloads: 100 + index }] }));
const repositories = ['x/y', 'x/z'].map((name, index) => ({
  name,
  id: index + 1,
  traffic,
  starredAt,
  releases,
  createdAt: '2026-11-01T00:00:00Z',
}));

/** They cost real time, which is the try's limit. The others must have all that a busy machine needs. */
const slow: readonly FaultName[] = ['hang', 'drip'];

type Of = 'traffic' | 'stars' | 'releases';
const measurements: Readonly<Record<Of, readonly string[]>> = {
  traffic: ['github_traffic', 'github_referrer', 'github_path'],
  stars: ['github_stars'],
  releases: ['github_release_asset'],
};

async function under(fault: Fault | undefined, of: Of) {
  const clock = createTestClock();
  const standIn = await startGithub({ repositories, token: runToken, now: () => clock.now() });
  try {
    standIn.misbehave(fault);
    const settings = { token: runToken, baseUrl: standIn.url, repos: ['x/y', 'x/z'], [of]: true };
    const asked = { windows: { github_traffic: { from, to }, github_stars: { from, to } }, only: measurements[of] };
    const run = await collectAll(github, settings, {
      clock,
      timeoutMs: fault && slow.includes(fault.name) ? 150 : 5000,
      deadlineMs: 7_200_000,
      asked,
    });
    expect(standIn.bites > 0).toBe(fault !== undefined);
    expect(standIn.unexpected).toEqual([]);
    const failures = [...run.errors.values()];
    const told = JSON.stringify([run.problems, run.notices, run.lines, failures.map((error) => [error.message, error.stack])]);
    expect(told).not.toContain(runToken);
    expect(standIn.other.requests).toEqual([]);
    return {
      points: run.points,
      end: {
        errors: failures.map((error) => (error as { kind?: string }).kind),
        problems: run.problems.map(({ item, kind }) => `${item} ${kind}`),
        points: run.points.length,
        retries: run.retries,
      },
    };
  } finally {
    await standIn.close();
  }
}

/** How a run ends: the errors of its targets, the problems of repositories, how many points came, tries after the first. */
interface End {
  readonly errors: readonly string[];
  readonly problems: readonly string[];
  readonly points: number;
  readonly retries: number;
}

/** So many targets fail in the same way, each after `retries` further tries. */
function fails(targets: number, kind: string, retries = 0): End {
  return { errors: Array(targets).fill(kind), problems: [], points: 0, retries: targets * retries };
}

function partly(points: number, ...problems: readonly string[]): End {
  return { errors: [], problems, points, retries: 0 };
}

/** What has nothing to do with what is asked for. */
function plainEnds(targets: number, all: number): Partial<Record<FaultName, End>> {
  const fail = (kind: string, retries?: number) => fails(targets, kind, retries);
  return {
    refuse: fail('network', 3),
    hang: fail('timeout', 3),
    drip: fail('timeout', 3),
    reset: fail('network', 3),
    truncate: fail('network', 3),
    'html-200': fail('invalid-answer', 3),
    'error-200': fail('invalid-answer'),
    '202': fail('not-yet', 3),
    '204': fail('invalid-answer'),
    'redirect-loop': fail('invalid-answer'),
    '401': fails(1, 'unauthorized'),
    '403-scope': fail('forbidden'),
    '403-rate': fail('quota', 3),
    '403-html': fails(1, 'blocked'),
    '404': fail('not-found'),
    '429-seconds': fail('rate-limited', 3),
    '429-date': fail('rate-limited', 3),
    '429-bare': fail('rate-limited', 3),
    '429-absurd': fail('rate-limited'),
    '500-then-well': { ...partly(all), retries: 1 },
    'invalid-utf8': fail('invalid-answer', 3),
    nan: fail('invalid-answer', 3),
    'extra-field': partly(all),
    'falling-counter': partly(all),
    'redirect-other-origin': fail('invalid-answer'),
  };
}

/** So many problems of each of the two repositories. */
function ofEach(times: number, kind: string): readonly string[] {
  return ['x/y', 'x/z'].flatMap((name) => Array<string>(times).fill(`${name} ${kind}`));
}

/** Each of the four requests for the traffic of each: one is the target's error, the others are problems. */
function fourFail(kind: string, retries = 0): End {
  return { ...fails(2, kind), problems: ofEach(3, kind), retries: 8 * retries };
}

const tooMuch: Partial<Record<FaultName, End>> = {
  '413': partly(0, 'x/y too-large', 'x/z too-large'),
  // Both at once, and each alone: a gateway may only be late.
  '502-html': { ...partly(0, 'x/y server', 'x/z server'), retries: 3 },
};

function wrongNumbers(end: End): Partial<Record<FaultName, End>> {
  return { 'unsafe-integer': end, negative: end, 'number-as-string': end, 'missing-field': end };
}

/** The two repositories are two targets of the traffic, and one of the lists, which are asked for side by side. */
const ends: Readonly<Record<Of, Partial<Record<FaultName, End>>>> = {
  traffic: {
    ...plainEnds(2, 8),
    // What says nothing of the next request: each of the four of a repository is asked for.
    ...Object.fromEntries((['html-200', 'invalid-utf8', 'nan'] as const).map((name) => [name, fourFail('invalid-answer', 3)])),
    ...Object.fromEntries(
      (['error-200', '204', 'redirect-loop', 'redirect-other-origin'] as const).map((name) => [name, fourFail('invalid-answer')]),
    ),
    '202': fourFail('not-yet', 3),
    '413': fourFail('too-large'),
    '502-html': fourFail('server', 3),
    // Each of the eight questions once.
    '500-then-well': { ...partly(8), retries: 8 },
    // The first row of each answer; there is a second one of the views.
    ...wrongNumbers(partly(2, ...ofEach(4, 'invalid-answer'))),
  },
  stars: {
    ...plainEnds(1, 28),
    ...tooMuch,
    // The first repository of each answer is wrong: x/y at once, and then x/z, of which six days were on the page before.
    ...wrongNumbers(partly(6, 'x/y invalid-answer', 'x/z invalid-answer')),
    'page-twice': partly(20, 'x/y incomplete'),
    'endless-pages': partly(27, 'x/y incomplete'),
    'cursor-repeats': partly(25, 'x/y incomplete', 'x/z incomplete'),
  },
  releases: {
    ...plainEnds(1, 120),
    ...tooMuch,
    // One file on each page.
    ...wrongNumbers(partly(117, 'x/y invalid-answer', 'x/y invalid-answer', 'x/y invalid-answer')),
    'page-twice': partly(95, 'x/y incomplete'),
    'endless-pages': partly(120, 'x/y incomplete'),
    'cursor-repeats': partly(110, 'x/y incomplete', 'x/z incomplete'),
  },
};

const injected: Readonly<Record<Of, Partial<Record<FaultName, Fault>>>> = {
  traffic: restFaults,
  stars: listFaults('stargazers'),
  releases: listFaults('releases'),
};

describe.each(['traffic', 'stars', 'releases'] as const)('%s under a fault', (of) => {
  it.each(faultNames)('%s', async (name) => {
    const fault = injected[of][name];
    if (fault === undefined) {
      expect([of, restCannot[name]]).toEqual(['traffic', expect.stringMatching(/^\S.{15,}$/)]);
      return;
    }
    const truth = (await under(undefined, of)).points.map((point) => JSON.stringify(point));
    const { end, points } = await under(fault, of);
    expect(end).toEqual(ends[of][name]);
    const texts = points.map((point) => JSON.stringify(point));
    expect(new Set(texts).size).toBe(texts.length);
    const wrong = texts.filter((text) => !truth.includes(text));
    // What falls is stored as it is told: the first row of each answer. The total of a list is no point.
    expect(wrong).toHaveLength(name === 'falling-counter' ? { traffic: 6, stars: 0, releases: 3 }[of] : 0);
  });
});
