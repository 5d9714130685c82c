import { afterEach, describe, expect, it } from 'vitest';
import type { Point } from '../../sdk/index.ts';
import { createTestClock } from '../../testing/clock.ts';
import { collectAll } from '../../testing/context.ts';
import { type FaultName, faultNames } from '../../testing/stand-in.ts';
import {
  cannot,
  createAccount,
  faults,
  type GoogleAnalyticsStandIn,
  startGoogleAnalytics,
} from '../../testing/stand-ins/google-analytics/index.ts';
import { googleAnalytics } from './index.ts';

const account = createAccount();
const opened: GoogleAnalyticsStandIn[] = [];
afterEach(async () => {
  for (const standIn of opened.splice(0)) await standIn.close();
});

/** How a run of two properties ends under a fault: the errors of both (kinds), the problems (items and kinds), and what came. */
interface End {
  readonly errors: readonly string[];
  readonly problems?: readonly string[];
  readonly points: number;
  /** Tries after the first. */
  readonly retries: number;
}

/** Each property fails in the same way, after `retries` further tries of both. */
function bothFail(kind: string, retries = 0): End {
  return { errors: [kind, kind], points: 0, retries };
}

/** Four days of three kinds of visitors in each property: three pages of five, five and two rows. */
const allWell: End = { errors: [], points: 24, retries: 0 };
/** The first row of each page is bad. */
const oneBadOnEach: End = { errors: [], problems: ['traffic invalid-answer', 'traffic invalid-answer'], points: 18, retries: 0 };
const cutShort = ['traffic incomplete', 'traffic incomplete'];

const ends: Partial<Record<FaultName, End>> = {
  refuse: bothFail('network', 6),
  // One more try: each takes a minute, and from the quotas.
  hang: bothFail('timeout', 2),
  drip: bothFail('timeout', 2),
  reset: bothFail('network', 6),
  truncate: bothFail('network', 6),
  'html-200': bothFail('invalid-answer', 6),
  'error-200': bothFail('invalid-answer'),
  '202': bothFail('not-yet', 6),
  '204': bothFail('invalid-answer'),
  'redirect-loop': bothFail('invalid-answer'),
  '401': { errors: ['unauthorized'], points: 0, retries: 0 },
  '403-scope': bothFail('forbidden'),
  '403-html': { errors: ['blocked'], points: 0, retries: 0 },
  '404': bothFail('not-found'),
  '413': { errors: [], problems: ['traffic too-large', 'traffic too-large'], points: 0, retries: 0 },
  '429-seconds': bothFail('rate-limited', 6),
  '429-date': bothFail('rate-limited', 6),
  '429-bare': bothFail('rate-limited', 6),
  '429-absurd': bothFail('rate-limited'),
  '500-then-well': { ...allWell, retries: 6 },
  // One more try, and no further: ten server errors an hour are all that Google bears.
  '502-html': bothFail('server', 2),
  'page-twice': { errors: [], problems: cutShort, points: 20, retries: 0 },
  'endless-pages': { errors: [], problems: cutShort, points: 2000, retries: 0 },
  'invalid-utf8': bothFail('invalid-answer', 6),
  nan: oneBadOnEach,
  'unsafe-integer': oneBadOnEach,
  negative: oneBadOnEach,
  'number-as-string': allWell,
  'missing-field': oneBadOnEach,
  'extra-field': allWell,
  'falling-counter': allWell,
  'redirect-other-origin': bothFail('invalid-answer'),
};

function spelt({ measurement, tags, fields, time }: Point): string {
  return JSON.stringify([measurement, tags, fields, time]);
}

describe('under a fault', () => {
  it('each is known, or cannot be', () => {
    expect([...Object.keys(faults), ...Object.keys(cannot)].sort()).toEqual([...faultNames].sort());
    expect(Object.keys(ends).sort()).toEqual(Object.keys(faults).sort());
  });

  it.each(Object.entries(ends))('%s', async (name, end) => {
    const clock = createTestClock();
    const standIn = await startGoogleAnalytics({ properties: [{ id: '11' }, { id: '12' }], account, pageRows: 5, now: () => clock.now() });
    opened.push(standIn);
    const settings = { properties: ['11', 12], credentials: account.key, transport: 'rest', baseUrl: standIn.url };
    const good = await collectAll(googleAnalytics, settings, { clock: createTestClock() });
    expect(good.points).toHaveLength(24);
    standIn.misbehave(faults[name as FaultName]);
    // What can be answered has its time, however busy the machine is.
    const timeoutMs = name === 'hang' || name === 'drip' ? 250 : 5000;
    const run = await collectAll(googleAnalytics, settings, { clock, timeoutMs, deadlineMs: 7_200_000 });

    expect(standIn.bites).toBeGreaterThan(0);
    expect(standIn.unexpected).toEqual([]);
    if (!end.errors.includes('timeout')) expect(standIn.maxConcurrent).toBe(1);
    expect([...run.errors.values()].map((error) => (error as { kind?: string }).kind)).toEqual(end.errors);
    expect(run.problems.map(({ item, kind }) => `${item} ${kind}`)).toEqual(end.problems ?? []);
    expect(run.points).toHaveLength(end.points);
    expect(run.retries).toBe(end.retries);

    // What is stored was told: no other number, and no zero in its place.
    const told = new Set(good.points.map(spelt));
    if (name === 'falling-counter') expect(run.points.filter((point) => !told.has(spelt(point)))).toHaveLength(6);
    else if (name !== 'endless-pages') expect(run.points.filter((point) => !told.has(spelt(point)))).toEqual([]);

    const messages = [...run.errors.values(), ...run.problems].map(({ message }) => message);
    for (const message of messages) expect(message).toMatch(/^\S[^\n]{15,}$/);
    const text = JSON.stringify([
      run.problems,
      run.notices,
      run.lines,
      [...run.errors.values()].map((error) => [error.message, error.stack]),
    ]);
    expect(run.redactor.holds(text)).toBe(false);
    expect(text).not.toMatch(/eyJ[\w-]+\./);
    expect(standIn.other.requests).toEqual([]);
  });
});
