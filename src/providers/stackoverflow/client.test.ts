import { describe, expect, it, onTestFinished } from 'vitest';
import { createTestClock } from '../../testing/clock.ts';
import { type CollectAllOptions, collectAll } from '../../testing/context.ts';
import { type StackoverflowOptions, startStackoverflow } from '../../testing/stand-ins/stackoverflow/index.ts';
import { stackoverflow } from './index.ts';

const window = { from: new Date('2026-11-18T00:00:00Z'), to: new Date('2026-11-21T20:00:00Z') };
const asked = { windows: { stackoverflow_questions: window } };

async function collect(given: Partial<StackoverflowOptions>, settings: object = {}, options: CollectAllOptions = {}) {
  const clock = createTestClock();
  const standIn = await startStackoverflow({ tags: [{ name: 'a' }, { name: 'b' }], now: () => clock.now(), ...given });
  onTestFinished(() => standIn.close());
  const seen = await collectAll(stackoverflow, { tagged: ['a', 'b'], baseUrl: standIn.baseUrl, ...settings }, { clock, asked, ...options });
  expect(standIn.unexpected).toEqual([]);
  return { standIn, ...seen };
}

describe('a backoff', () => {
  it('is waited for before the same method is called again, with a margin', async () => {
    const { standIn, clock, points, errors } = await collect({
      backoff: (method, count) => (method === '/questions/unanswered' && count === 1 ? 30 : undefined),
    });
    expect([...errors]).toEqual([]);
    expect(points).toHaveLength(10);
    expect(standIn.tooSoon).toEqual([]);
    // The second tag comes to it after 6 further calls, a twentieth of a second apart.
    expect(clock.sleeps.filter((ms) => ms > 1000)).toEqual([32_000 - 300]);
  });

  it('that is over before its method is called again costs no wait', async () => {
    const { standIn, clock, errors } = await collect({
      backoff: (method, count) => (method === '/questions/no-answers' && count === 2 ? 10 : undefined),
    });
    expect([...errors]).toEqual([]);
    expect(standIn.tooSoon).toEqual([]);
    expect(clock.sleeps.filter((ms) => ms > 1000)).toEqual([]);
  });

  it('is waited for at each call, where each asks for one', async () => {
    const { standIn, clock, points } = await collect({ backoff: (method) => (method === '/questions' ? 5 : undefined) });
    expect(points).toHaveLength(10);
    expect(standIn.tooSoon).toEqual([]);
    expect(clock.sleeps.filter((ms) => ms > 1000)).toHaveLength(7);
    expect(clock.elapsed()).toBeGreaterThanOrEqual(6 * 7000);
  });

  it('that is longer than the run is not waited for: the target ends and is told, and other methods go on', async () => {
    const { errors, points, clock } = await collect({ backoff: (method) => (method === '/questions' ? 3000 : undefined) });
    expect(points.map(({ measurement, tags }) => `${measurement} ${tags.tag}`)).toEqual([
      'stackoverflow_tag a',
      'stackoverflow_questions a',
      'stackoverflow_tag b',
    ]);
    expect([...errors.keys()]).toEqual(['tag a', 'tag b']);
    expect(errors.get('tag a')?.message).toMatch(/the next call of \/questions; the upstream asked for a pause until 2026-11-21T20:50/);
    expect(clock.elapsed()).toBeLessThan(10_000);
  });
});

describe('the quota', () => {
  it('is told after each answer', async () => {
    const { quotas } = await collect({});
    expect(quotas).toHaveLength(13);
    expect(quotas[0]).toEqual({ remaining: 299, limit: 300 });
    expect(quotas.at(-1)).toEqual({ remaining: 287, limit: 300 });
  });

  it('is larger with a key, which goes with every request', async () => {
    const key = 'abcdefghij((0123456789';
    const { quotas, standIn } = await collect({ key }, { key });
    expect(quotas[0]).toEqual({ remaining: 9999, limit: 10_000 });
    expect(standIn.requests.every(({ query }) => query.get('key') === key)).toBe(true);
  });

  it('that is used up ends the work without a request too many', async () => {
    const { standIn, points, errors } = await collect({ quota: 5 });
    expect(standIn.requests).toHaveLength(5);
    expect(points.map(({ measurement }) => measurement)).toEqual([
      'stackoverflow_tag',
      'stackoverflow_questions',
      'stackoverflow_questions',
    ]);
    expect([...errors]).toEqual([['tag a', expect.objectContaining({ name: 'BlockedError', kind: 'quota' })]]);
    expect(errors.get('tag a')?.message).toMatch(/5 requests.*"key"/);
  });

  it('that was used up before is waited for no longer than the run lasts', async () => {
    const { points, errors, clock } = await collect({ quota: 0 });
    expect(points).toEqual([]);
    // Until midnight.
    expect(errors.get('connect')).toMatchObject({ kind: 'quota', message: expect.stringContaining('14400 s') });
    expect(clock.elapsed()).toBeLessThan(1000);
  });

  it('of a key that is used up is told without the advice to set one', async () => {
    const key = 'abcdefghij((0123456789';
    for (const quota of [0, 5]) {
      const { errors } = await collect({ key, quota }, { key });
      const [error] = errors.values();
      expect(error).toMatchObject({ kind: 'quota', message: expect.stringMatching(/allows the "key" at this address in a day/) });
      expect(error?.message).not.toMatch(/10,000|set one/);
    }
  });

  it('is waited for where the run lasts', async () => {
    const { errors, clock } = await collect({ quota: 0 }, { tagged: ['a'] }, { deadlineMs: 86_400_000 });
    expect(errors.get('connect')).toMatchObject({ kind: 'quota' });
    expect(clock.elapsed()).toBeGreaterThanOrEqual(14_400_000);
  });
});

it('spaces its requests, so that an address stays far from 30 a second', async () => {
  const { clock } = await collect({});
  expect(clock.elapsed()).toBe(12 * 50);
});
