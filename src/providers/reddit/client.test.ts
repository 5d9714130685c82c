import { describe, expect, it, onTestFinished } from 'vitest';
import { createTestClock } from '../../testing/clock.ts';
import { type CollectAllOptions, collectAll, createTestContext } from '../../testing/context.ts';
import { transportFault } from '../../testing/stand-in.ts';
import { type RedditOptions, startReddit } from '../../testing/stand-ins/reddit/index.ts';
import { createClient } from './client.ts';
import { reddit } from './index.ts';
import { Thing } from './schema.ts';
import type { Settings } from './settings.ts';

const names = ['aa', 'bb', 'cc'];
const app = { clientId: 'app-id', clientSecret: 'app-secret-0123456789', userAgent: 'linux:org.example.kpi:1.0 (by /u/somebody)' };

async function place(given: Partial<RedditOptions> = {}) {
  const clock = createTestClock();
  const standIn = await startReddit({ subreddits: names.map((name) => ({ name })), now: () => clock.now(), ...given });
  onTestFinished(() => standIn.close());
  const settings = { ...app, subreddits: names, baseUrl: standIn.url, authUrl: standIn.authUrl };
  const collect = (options: CollectAllOptions = {}) => collectAll(reddit, settings, { clock, ...options });
  return { clock, standIn, settings, collect };
}

function paths(standIn: { readonly requests: readonly { readonly path: string }[] }): readonly string[] {
  return standIn.requests.map(({ path }) => path.replace('/api/v1/access_token', 'token').replace(/^\/r\/(\w+)\/about$/, '$1'));
}

describe('the token', () => {
  it('is one for all targets, got with the name and secret of the app', async () => {
    const { standIn, collect } = await place();
    const { points } = await collect();
    expect(points).toHaveLength(3);
    expect(paths(standIn)).toEqual(['token', 'aa', 'bb', 'cc']);
    expect(standIn.requests.every(({ headers }) => headers['user-agent'] === app.userAgent)).toBe(true);
    expect(standIn.requests[1]?.headers.authorization).toBe('Bearer eyJ-token-1-of-app-id');
  });

  it('is one also for those who ask at once, and is renewed once', async () => {
    const { standIn, settings, clock } = await place();
    const { context, settings: parsed } = createTestContext(reddit, settings, { clock });
    const client = createClient(parsed as Settings);
    const askAll = () => Promise.all(names.map((name) => client.ask(context, { path: `/r/${name}/about`, what: name }, Thing)));
    await askAll();
    expect(standIn.tokens).toBe(1);
    standIn.revoke();
    expect((await askAll()).map(({ kind }) => kind)).toEqual(['t5', 't5', 't5']);
    expect(standIn.tokens).toBe(2);
  });

  it('lives for seconds, not milliseconds: it is renewed shortly before its end, and not sooner', async () => {
    const { standIn, collect, clock } = await place({ tokenLife: 3600 });
    await collect({ onPoint: () => clock.advance(1_500_000) });
    // The third asks 50 minutes after the first.
    expect(paths(standIn)).toEqual(['token', 'aa', 'bb', 'cc']);
    const late = await place({ tokenLife: 3600 });
    await late.collect({ onPoint: () => late.clock.advance(1_771_000) });
    // The third asks 58 seconds before the end.
    expect(paths(late.standIn)).toEqual(['token', 'aa', 'bb', 'token', 'cc']);
    expect(late.standIn.requests.at(-1)?.headers.authorization).toBe('Bearer eyJ-token-2-of-app-id');
  });

  it('that is taken back before its time is renewed', async () => {
    const { standIn, collect } = await place();
    const { points, errors } = await collect({ onPoint: ({ tags }) => tags.subreddit === 'aa' && standIn.revoke() });
    expect([points.length, errors.size]).toEqual([3, 0]);
    expect(paths(standIn)).toEqual(['token', 'aa', 'bb', 'token', 'bb', 'cc']);
  });

  it('that is never taken is not asked for again and again', async () => {
    const { standIn, collect } = await place({ tokenLife: 0.001 });
    standIn.misbehave({ name: '401', when: ({ path }) => path.startsWith('/r/'), act: ({ send }) => send({ status: 401, body: {} }) });
    const { errors } = await collect();
    expect([...errors]).toEqual([['r/aa', expect.objectContaining({ name: 'BlockedError', kind: 'unauthorized' })]]);
    expect(paths(standIn)).toEqual(['token', 'aa']);
  });

  it('is not given to an app that Reddit does not know', async () => {
    const { standIn, collect } = await place({ clientSecret: 'another' });
    const { errors } = await collect();
    expect(errors.get('connect')).toMatchObject({
      name: 'BlockedError',
      kind: 'unauthorized',
      message: expect.stringContaining('"clientId"'),
    });
    expect(paths(standIn)).toEqual(['token']);
  });

  it('is tried for again where the way to it is bad, and no target is begun without it', async () => {
    const { standIn, collect, clock } = await place();
    standIn.misbehave(transportFault('502-html'));
    const { errors } = await collect();
    expect([...errors.keys()]).toEqual(['connect']);
    expect(paths(standIn)).toEqual(['token', 'token', 'token', 'token']);
    expect(clock.elapsed()).toBe(21_000);
  });

  it('is not to be had at an address that has none', async () => {
    const { standIn, collect } = await place();
    standIn.misbehave(transportFault('404'));
    expect((await collect()).errors.get('connect')).toMatchObject({ kind: 'not-found', message: expect.stringContaining('"authUrl"') });
  });

  it.each([{ error: 'unsupported_grant_type' }, { access_token: '', expires_in: 3600 }, { access_token: 'x' }, { error: 401 }])(
    'is none where the answer is %j',
    async (body) => {
      const { standIn, collect } = await place();
      standIn.misbehave({ name: 'error-200', act: ({ send }) => send({ body }) });
      expect((await collect()).errors.get('connect')).toMatchObject({ name: 'PermanentError', kind: 'invalid-answer' });
      expect(standIn.requests).toHaveLength(1);
    },
  );

  it('is told to nobody, also where an answer repeats it', async () => {
    const { standIn, collect } = await place();
    for (const status of [200, 400, 403, 500]) {
      standIn.misbehave({
        name: 'error-200',
        when: ({ path }) => path.startsWith('/r/'),
        act: ({ send, request }) => send({ status, body: { message: `you sent ${request.headers.authorization}` } }),
      });
      const { errors, lines } = await collect();
      expect(errors.size).toBe(3);
      const told = [...errors.values()].flatMap((error) => [error.message, String(error.stack), String(error.cause)]);
      expect(told.concat(lines).filter((text) => text.includes('eyJ-token'))).toEqual([]);
    }
  });

  it('goes nowhere else', async () => {
    const { standIn, collect } = await place();
    standIn.misbehave(transportFault('redirect-other-origin', ({ path }) => path.startsWith('/r/')));
    expect((await collect()).errors.size).toBe(3);
    standIn.misbehave(transportFault('redirect-other-origin'));
    expect([...(await collect()).errors.keys()]).toEqual(['connect']);
    expect(standIn.other.requests).toEqual([]);
  });
});

describe('the limit', () => {
  it('is told after each answer, in seconds from now', async () => {
    const { collect } = await place();
    const { quotas } = await collect();
    expect(quotas.map(({ remaining, limit }) => [remaining, limit])).toEqual([
      [999, 1000],
      [998, 1000],
      [997, 1000],
    ]);
    expect(quotas[0]?.resetAt).toEqual(new Date('2026-11-21T20:10:00Z'));
  });

  it('that is used up is waited for before anything else is asked', async () => {
    const { collect, clock, standIn } = await place({ limit: 2 });
    const { points, retries } = await collect({ deadlineMs: 900_000 });
    expect([points.length, retries]).toEqual([3, 0]);
    expect(clock.elapsed()).toBe(600_000);
    expect(standIn.requests).toHaveLength(4);
  });

  it('that is used up for longer than the run lasts ends the rest', async () => {
    const { collect } = await place({ limit: 1 });
    const { points, errors } = await collect({ deadlineMs: 300_000 });
    expect(points).toHaveLength(1);
    expect([...errors.values()].map((error) => (error as { kind?: string }).kind)).toEqual(['quota', 'quota']);
  });

  it('that others used up is a 429 with a page, and no block', async () => {
    const { collect, clock } = await place({ limit: 0 });
    const { errors } = await collect({ deadlineMs: 300_000 });
    expect(errors.get('r/aa')).toMatchObject({ kind: 'quota' });
    expect(clock.elapsed()).toBeLessThan(1000);
  });
});

describe('a block page', () => {
  it('blocks an app that does not say who it is', async () => {
    const { settings, standIn } = await place();
    const { errors } = await collectAll(reddit, { ...settings, userAgent: 'node-fetch/3.0.0' });
    expect([...errors]).toEqual([
      ['connect', expect.objectContaining({ name: 'BlockedError', kind: 'blocked', message: expect.stringContaining('"userAgent"') })],
    ]);
    expect(standIn.requests).toHaveLength(1);
  });

  it.each([200, 403, 503])('with status %i is one', async (status) => {
    const { standIn, collect } = await place();
    standIn.misbehave({
      name: '403-html',
      when: ({ path }) => path.includes('/bb/'),
      act: ({ send }) => send({ status, body: "<html><body>You've been blocked by network security.</body></html>" }),
    });
    const { errors, points } = await collect();
    expect(points).toHaveLength(1);
    expect([...errors]).toEqual([['r/bb', expect.objectContaining({ name: 'BlockedError', kind: 'blocked' })]]);
    expect(standIn.bites).toBe(1);
  });
});
