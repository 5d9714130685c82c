import { describe, expect, it, onTestFinished } from 'vitest';
import type { Point } from '../../sdk/point.ts';
import { createTestClock } from '../../testing/clock.ts';
import { collectAll } from '../../testing/context.ts';
import { type FaultName, faultNames } from '../../testing/stand-in.ts';
import { cannot, faults, postsOn, type Subreddit, startReddit } from '../../testing/stand-ins/reddit/index.ts';
import { reddit } from './index.ts';

/** Two subreddits; the first has three pages in the window, and each page of it begins another day. */
const subreddits: readonly Subreddit[] = [
  {
    name: 'TypeScript',
    subscribers: 9000,
    activeUsers: 9,
    posts: ['18', '19', '20', '21'].flatMap((day) => postsOn(`2026-11-${day}`, day === '21' ? 50 : 80)),
  },
  { name: 'dotnet', subscribers: 800, posts: [...postsOn('2026-11-17', 1), ...postsOn('2026-11-20', 1)] },
];
const asked = { windows: { reddit_posts: { from: new Date('2026-11-19T00:00:00Z'), to: new Date('2026-11-21T20:00:00Z') } } };

/** How a run ends: the errors of both (kinds), problems (items), further tries, and which points of a good run are there. */
interface End {
  readonly errors?: readonly string[];
  readonly name?: string;
  readonly problems?: readonly string[];
  readonly retries?: number;
  /** `subreddit` or `subreddit 11-20`; absent: all. */
  readonly points?: readonly string[];
}

const all = [
  'TypeScript',
  'TypeScript 11-19',
  'TypeScript 11-20',
  'TypeScript 11-21',
  'dotnet',
  'dotnet 11-19',
  'dotnet 11-20',
  'dotnet 11-21',
];

function bothFail(kind: string, retries = 0): End {
  return { errors: [kind, kind], retries, points: [] };
}

/** The counts of both, and the first post of each page: on pages of 100. */
const oneBadOnEach: End = {
  problems: ['TypeScript', 't3_2026112149', 't3_2026112029', 't3_202611199', 'dotnet', 't3_202611200'],
  // Of the first, who is there is told as well.
  points: ['TypeScript', 'dotnet 11-19', 'dotnet 11-21'],
};

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
  '401': { errors: ['unauthorized'], name: 'BlockedError', points: [] },
  '403-scope': bothFail('forbidden'),
  '403-rate': bothFail('quota', 6),
  '403-html': { errors: ['blocked'], name: 'BlockedError', points: [] },
  '404': bothFail('not-found'),
  '413': bothFail('too-large'),
  '429-seconds': bothFail('rate-limited', 6),
  '429-date': bothFail('rate-limited', 6),
  '429-bare': bothFail('rate-limited', 6),
  '429-absurd': bothFail('rate-limited'),
  '500-then-well': { retries: 6 },
  '502-html': bothFail('server', 6),
  'page-twice': { problems: ['posts of TypeScript'], points: all.filter((one) => !/TypeScript 11-(19|20)/.test(one)) },
  'endless-pages': { problems: ['posts of TypeScript', 'posts of dotnet'], points: ['TypeScript', 'dotnet', 'dotnet 11-21'] },
  'cursor-repeats': { problems: ['posts of TypeScript'], points: all.filter((one) => one !== 'TypeScript 11-19') },
  'invalid-utf8': bothFail('invalid-answer', 6),
  nan: bothFail('invalid-answer', 6),
  'unsafe-integer': oneBadOnEach,
  negative: oneBadOnEach,
  'number-as-string': oneBadOnEach,
  // Whether subscribers are told is Reddit's choice: that they are not is no failure.
  'missing-field': {
    problems: oneBadOnEach.problems?.filter((one) => one.startsWith('t3_')).concat('dotnet') ?? [],
    points: ['TypeScript', 'dotnet 11-19', 'dotnet 11-21'],
  },
  'extra-field': {},
  'falling-counter': {},
  'redirect-other-origin': bothFail('invalid-answer'),
};

describe('under a fault', () => {
  it('each of them is known', () => {
    expect([...Object.keys(faults), ...Object.keys(cannot)].sort()).toEqual([...faultNames].sort());
  });

  it.each(Object.entries(ends))('%s', async (name, end) => {
    const clock = createTestClock();
    const standIn = await startReddit({ subreddits, now: () => clock.now() });
    onTestFinished(() => standIn.close());
    const settings = {
      clientId: 'app-id',
      clientSecret: 'app-secret-0123456789',
      userAgent: 'linux:org.example.kpi:1.0 (by /u/somebody)',
      subreddits: ['TypeScript', 'dotnet'],
      baseUrl: standIn.url,
      authUrl: standIn.authUrl,
    };
    const good = await collectAll(reddit, settings, { asked, clock: createTestClock() });
    expect(good.points.map(called)).toEqual(all);

    standIn.misbehave(faults[name as FaultName]);
    // What can be answered has its time, however busy the machine is.
    const timeoutMs = name === 'hang' || name === 'drip' ? 150 : 5000;
    const bad = await collectAll(reddit, settings, { asked, clock, timeoutMs, deadlineMs: 7_200_000 });
    expect(standIn.bites).toBeGreaterThan(0);
    expect(standIn.unexpected).toEqual([]);
    const { errors = [], problems = [], retries = 0, points = all } = end;
    expect([...bad.errors.values()].map((error) => (error as { kind?: string }).kind)).toEqual(errors);
    if (end.name) expect([...bad.errors.values()].map((error) => error.name)).toEqual([end.name]);
    for (const { message } of [...bad.errors.values(), ...bad.problems]) expect(message).toMatch(/^\S[^\n]{15,}$/);
    expect(bad.problems.map(({ item }) => item).sort()).toEqual([...problems].sort());
    expect(bad.retries).toBe(retries);

    expect(bad.points.map(called)).toEqual(points);
    if (end === oneBadOnEach || name === 'missing-field') {
      expect(bad.points[0]?.fields).toEqual({ active_users: 9 });
    } else {
      const told = new Set(good.points.map(spelt));
      if (name !== 'falling-counter') expect(bad.points.filter((point) => !told.has(spelt(point)))).toEqual([]);
    }
    const text = JSON.stringify([bad.problems, bad.notices, bad.lines, [...bad.errors.values()].map((one) => [one.message, one.stack])]);
    expect(text).not.toMatch(/app-secret-0123456789|eyJ-token/);
    expect(standIn.other.requests).toEqual([]);
  });
});

function called({ measurement, tags, time }: Point): string {
  return measurement === 'reddit_subreddit' ? `${tags.subreddit}` : `${tags.subreddit} ${time.toISOString().slice(5, 10)}`;
}

function spelt({ measurement, tags, fields, time }: Point): string {
  return JSON.stringify([measurement, tags, fields, time]);
}
