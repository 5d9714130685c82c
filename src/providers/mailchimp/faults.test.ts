import { describe, expect, it } from 'vitest';
import { messageOf } from '../../sdk/errors.ts';
import type { Point } from '../../sdk/point.ts';
import { type FaultName, faultNames } from '../../testing/stand-in.ts';
import { cannot, faults } from '../../testing/stand-ins/mailchimp/index.ts';
import { runAt, runKey } from '../../testing/stand-ins/mailchimp/run.ts';
import { mailchimp } from './index.ts';

const world = {
  lists: ['aa11', 'bb22'].map((id) => ({ id, days: ['2026-11-20', '2026-11-19'], months: ['2026-10', '2026-11'] })),
  campaigns: Array.from({ length: 6 }, (_, place) => ({ id: `c${place}`, list: 'aa11' })),
  automations: [{ id: 'w1', list: 'aa11' }],
  pageSize: 2,
};

/** How a run ends under a fault: the errors (kinds) of the lists, the campaigns and the automations, the problems, the points. */
interface End {
  readonly errors?: readonly string[];
  readonly problems?: readonly string[];
  readonly points: number;
  /** Tries after the first. */
  readonly retries?: number;
}

/** Each of the three fails in the same way, after `retries` further tries of each. */
function allFail(kind: string, retries = 0): End {
  return { errors: [kind, kind, kind], points: 0, retries: 3 * retries };
}

/** The first item of each answer. */
const firsts = ['aa11', 'aa11 2026-11-20', 'aa11 2026-11', 'bb22 2026-11-20', 'bb22 2026-11', 'c0', 'c2', 'c4', 'w1'];
const oneBadOnEach: End = { problems: firsts.map((item) => `${item} invalid-answer`), points: 8 };
const allWell: End = { points: 17 };

const ends: Readonly<Partial<Record<FaultName, End>>> = {
  refuse: allFail('network', 3),
  hang: allFail('timeout', 3),
  drip: allFail('timeout', 3),
  reset: allFail('network', 3),
  truncate: allFail('network', 3),
  'html-200': allFail('invalid-answer', 3),
  'error-200': allFail('invalid-answer'),
  '202': allFail('not-yet', 3),
  '204': allFail('invalid-answer'),
  'redirect-loop': allFail('invalid-answer'),
  '401': { errors: ['unauthorized'], points: 0 },
  '403-scope': allFail('forbidden'),
  '403-rate': allFail('rate-limited', 3),
  '403-html': { errors: ['blocked'], points: 0 },
  '404': allFail('not-found'),
  '413': allFail('too-large'),
  '429-seconds': allFail('rate-limited', 3),
  '429-date': allFail('rate-limited', 3),
  '429-bare': allFail('rate-limited', 3),
  '429-absurd': allFail('rate-limited'),
  // Lists, days and months of both, three pages of campaigns, automations.
  '500-then-well': { ...allWell, retries: 9 },
  '502-html': allFail('server', 3),
  'page-twice': { problems: ['campaigns incomplete'], points: 15 },
  'endless-pages': { problems: ['campaigns incomplete'], points: 50_011 },
  'invalid-utf8': allFail('invalid-answer', 3),
  nan: allFail('invalid-answer', 3),
  'unsafe-integer': oneBadOnEach,
  negative: oneBadOnEach,
  'number-as-string': oneBadOnEach,
  'missing-field': oneBadOnEach,
  'extra-field': allWell,
  'falling-counter': allWell,
  'redirect-other-origin': allFail('invalid-answer'),
};

function identity({ measurement, tags, time }: Point): string {
  return JSON.stringify([measurement, tags, time]);
}

describe('under a fault', () => {
  it('each has its end, or a reason why it cannot be', () => {
    expect([...Object.keys(ends), ...Object.keys(cannot)].sort()).toEqual([...faultNames].sort());
    expect(Object.keys(faults).sort()).toEqual(Object.keys(ends).sort());
  });

  it.each(Object.entries(ends))('%s', async (name, end) => {
    const truth = await runAt(mailchimp, world);
    expect(truth.points).toHaveLength(17);
    // What can be answered has its time, however busy the machine is.
    const timeoutMs = name === 'hang' || name === 'drip' ? 150 : 5000;
    const run = await runAt(mailchimp, world, { timeoutMs, before: (standIn) => standIn.misbehave(faults[name as FaultName]) });

    expect(run.standIn.bites).toBeGreaterThan(0);
    expect([...run.errors.values()].map((error) => (error as { kind?: string }).kind)).toEqual(end.errors ?? []);
    expect(run.problems.map(({ item, kind }) => `${item} ${kind}`)).toEqual(end.problems ?? []);
    expect(run.retries).toBe(end.retries ?? 0);

    expect(run.points).toHaveLength(end.points);
    expect(new Set(run.points.map(identity)).size).toBe(end.points);
    const known = new Map(truth.points.map((point) => [identity(point), point]));
    const wrong = run.points.filter((point) => JSON.stringify(known.get(identity(point))) !== JSON.stringify(point));
    // A total may fall, and an endless list may be true: that is what was told.
    expect(wrong).toHaveLength(name === 'falling-counter' ? 9 : name === 'endless-pages' ? 50_000 : 0);

    const causes = [...run.errors.values()].map((error) => [messageOf(error), error.stack, messageOf(error.cause)]);
    const told = JSON.stringify([run.problems, run.notices, run.lines, causes]);
    expect(run.redactor.holds(told) || told.includes(runKey.slice(0, 16))).toBe(false);
    expect(run.standIn.other.requests).toEqual([]);
  });
});
