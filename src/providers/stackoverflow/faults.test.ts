import { describe, expect, it, onTestFinished } from 'vitest';
import type { Point } from '../../sdk/point.ts';
import { createTestClock } from '../../testing/clock.ts';
import { collectAll } from '../../testing/context.ts';
import { type FaultName, faultNames } from '../../testing/stand-in.ts';
import { cannot, faults, type StackTag, startStackoverflow } from '../../testing/stand-ins/stackoverflow/index.ts';
import { stackoverflow } from './index.ts';

const key = 'abcdefghij((0123456789';
const tags: readonly StackTag[] = [
  { name: 'typescript', byDay: { '2026-11-20': 6, '2026-11-21': 3 } },
  { name: 'c#', questions: 90, byDay: { '2026-11-20': 2 } },
];
const asked = { windows: { stackoverflow_questions: { from: new Date('2026-11-20T00:00:00Z'), to: new Date('2026-11-21T20:00:00Z') } } };

/** How a run ends: the errors of both tags (kinds), and how many further tries there were. */
interface End {
  readonly errors: readonly string[];
  readonly retries: number;
  readonly name?: string;
}

function bothFail(kind: string, retries = 0): End {
  return { errors: [kind, kind], retries };
}
function blocked(kind: string): End {
  return { errors: [kind], retries: 0, name: 'BlockedError' };
}
const well: End = { errors: [], retries: 0 };

const ends: Readonly<Partial<Record<FaultName, End>>> = {
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
  '401': blocked('unauthorized'),
  '403-scope': bothFail('forbidden'),
  '403-rate': bothFail('rate-limited', 6),
  '403-html': blocked('blocked'),
  '404': bothFail('not-found'),
  '413': bothFail('too-large'),
  '429-seconds': bothFail('rate-limited', 6),
  '429-date': bothFail('rate-limited', 6),
  '429-bare': bothFail('rate-limited', 6),
  '429-absurd': bothFail('quota'),
  '500-then-well': { ...well, retries: 8 },
  '502-html': bothFail('server', 6),
  'invalid-utf8': bothFail('invalid-answer', 6),
  nan: bothFail('invalid-answer', 6),
  'unsafe-integer': bothFail('invalid-answer'),
  negative: bothFail('invalid-answer'),
  'number-as-string': bothFail('invalid-answer'),
  'missing-field': bothFail('invalid-answer'),
  'extra-field': well,
  'falling-counter': well,
  'redirect-other-origin': bothFail('invalid-answer'),
};

describe('under a fault', () => {
  it('each of them is known', () => {
    expect([...Object.keys(ends), ...Object.keys(cannot)].sort()).toEqual([...faultNames].sort());
    expect(Object.keys(faults).sort()).toEqual(Object.keys(ends).sort());
  });

  it.each(Object.entries(ends))('%s', async (name, end) => {
    const clock = createTestClock();
    const standIn = await startStackoverflow({ tags, key, now: () => clock.now() });
    onTestFinished(() => standIn.close());
    const settings = { tagged: ['typescript', 'c#'], key, baseUrl: standIn.baseUrl };
    const good = await collectAll(stackoverflow, settings, { asked, clock: createTestClock() });
    expect(good.points).toHaveLength(6);

    standIn.misbehave(faults[name as FaultName]);
    // What can be answered has its time, however busy the machine is.
    const timeoutMs = name === 'hang' || name === 'drip' ? 150 : 5000;
    const bad = await collectAll(stackoverflow, settings, { asked, clock, timeoutMs, deadlineMs: 7_200_000 });
    expect(standIn.bites).toBeGreaterThan(0);
    expect(standIn.unexpected).toEqual([]);
    expect([...bad.errors.values()].map((error) => (error as { kind?: string }).kind)).toEqual(end.errors);
    if (end.name) expect([...bad.errors.values()].map((error) => error.name)).toEqual([end.name]);
    for (const { message } of bad.errors.values()) expect(message).toMatch(/^\S[^\n]{15,}$/);
    expect(bad.retries).toBe(end.retries);

    if (name === 'falling-counter') expect(bad.points.map(spelt)).not.toEqual(good.points.map(spelt));
    else expect(bad.points.map(spelt)).toEqual(end.errors.length > 0 ? [] : good.points.map(spelt));

    const told = JSON.stringify([bad.problems, bad.notices, bad.lines, [...bad.errors.values()].map((one) => [one.message, one.stack])]);
    expect(told).not.toContain(key);
    expect(standIn.other.requests).toEqual([]);
  });

  it('of the tags themselves nothing is counted', async () => {
    const standIn = await startStackoverflow({ tags, key });
    onTestFinished(() => standIn.close());
    standIn.misbehave({
      name: 'number-as-string',
      when: ({ path }) => path.endsWith('/info'),
      act: ({ send }) => send({ body: { items: [{ name: 'c#', count: '90' }, { name: 'typescript', count: 1000 }, null] } }),
    });
    const { points, errors } = await collectAll(stackoverflow, { tagged: ['typescript', 'c#'], baseUrl: standIn.baseUrl });
    expect(points.map((point) => point.tags.tag)).toEqual(['typescript']);
    expect(errors.get('tag c#')).toMatchObject({ kind: 'invalid-answer', message: expect.stringContaining('count: expected number') });
  });
});

function spelt({ measurement, tags: own, fields, time }: Point): string {
  return JSON.stringify([measurement, own, fields, time]);
}
