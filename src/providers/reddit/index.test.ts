import { describe, expect, it, onTestFinished } from 'vitest';
import { createTestClock } from '../../testing/clock.ts';
import { type CollectAllOptions, collectAll } from '../../testing/context.ts';
import { providerContract } from '../../testing/contract/provider.ts';
import { bodyFault } from '../../testing/stand-in.ts';
import { postsOn, type RedditOptions, type Subreddit, startReddit } from '../../testing/stand-ins/reddit/index.ts';
import { reddit, type Target } from './index.ts';
import type { Settings } from './settings.ts';

const app = { clientId: 'app-id', clientSecret: 'app-secret-0123456789', userAgent: 'linux:org.example.kpi:1.0 (by /u/somebody)' };
const subreddits: readonly Subreddit[] = [
  {
    name: 'TypeScript',
    subscribers: 130_000,
    activeUsers: 250,
    posts: [...postsOn('2026-11-18', 90), ...postsOn('2026-11-20', 120), ...postsOn('2026-11-21', 1)],
  },
  { name: 'dotnet', subscribers: 90_000, posts: [...postsOn('2026-11-01', 1), ...postsOn('2026-11-20', 1)] },
];

function days(from: string, to: string) {
  return { windows: { reddit_posts: { from: new Date(from), to: new Date(to) } } };
}

providerContract(reddit, {
  async start() {
    const standIn = await startReddit({ subreddits });
    const settings = { ...app, subreddits: ['typescript', 'r/dotnet'], baseUrl: standIn.url, authUrl: standIn.authUrl };
    return { settings, standIn, close: () => standIn.close() };
  },
  asked: days('2026-11-19T00:00:00Z', '2026-11-21T20:00:00Z'),
  requests: [
    'POST /api/v1/access_token',
    'GET /r/typescript/about',
    'GET /r/TypeScript/new',
    'GET /r/TypeScript/new',
    'GET /r/dotnet/about',
    'GET /r/dotnet/new',
  ],
  points: 2 * (1 + 3),
});

async function collect(given: Partial<RedditOptions>, settings: object = {}, options: CollectAllOptions = {}) {
  const clock = createTestClock();
  const standIn = await startReddit({ subreddits, now: () => clock.now(), ...given });
  onTestFinished(() => standIn.close());
  const config = { ...app, subreddits: ['typescript'], baseUrl: standIn.url, authUrl: standIn.authUrl, ...settings };
  const seen = await collectAll(reddit, config, { clock, ...options });
  expect(standIn.unexpected).toEqual([]);
  return { standIn, ...seen };
}

describe('a subreddit', () => {
  it('is told as it stands, spelt as Reddit spells it', async () => {
    const { points } = await collect({});
    expect(points).toEqual([
      {
        measurement: 'reddit_subreddit',
        tags: { subreddit: 'TypeScript' },
        fields: { subscribers: 130_000, active_users: 250 },
        time: new Date('2026-11-21T20:00:00Z'),
      },
    ]);
  });

  it('that Reddit spells otherwise than before is the same one, under another name', async () => {
    const seen = [];
    for (const name of ['TypeScript', 'Typescript']) seen.push(...(await collect({ subreddits: [{ name }] })).identified);
    expect(seen).toEqual([
      { id: 'typescript', name: 'TypeScript' },
      { id: 'typescript', name: 'Typescript' },
    ]);
  });

  it('has no field for what is not told, and no zero', async () => {
    const { points } = await collect({}, { subreddits: ['dotnet'] });
    expect(points.map(({ fields }) => fields)).toEqual([{ subscribers: 90_000 }]);
  });

  it('keeps one count where the other is none, and says which', async () => {
    const standIn = await startReddit({ subreddits });
    onTestFinished(() => standIn.close());
    standIn.misbehave(
      bodyFault('negative', (json: { data?: object }, { path }) =>
        path.endsWith('/about') ? { ...json, data: { ...json.data, active_user_count: -1, accounts_active: -1 } } : undefined,
      ),
    );
    const config = { ...app, subreddits: ['typescript', 'dotnet'], baseUrl: standIn.url, authUrl: standIn.authUrl };
    const { points, problems } = await collectAll(reddit, config);
    expect(points.map(({ fields }) => fields)).toEqual([{ subscribers: 130_000 }, { subscribers: 90_000 }]);
    expect(problems.map(({ item, kind }) => [item, kind])).toEqual([
      ['TypeScript', 'invalid-answer'],
      ['dotnet', 'invalid-answer'],
    ]);
    expect(problems[0]?.message).toMatch(/^Reddit told of r\/TypeScript what it does not document: active_users: .*; that is left out$/);
  });

  it('that tells of no count is a problem, and its posts are counted all the same', async () => {
    const silent = { name: 'silent', subscribers: null, posts: postsOn('2026-11-10', 1) };
    const asked = days('2026-11-21T00:00:00Z', '2026-11-21T20:00:00Z');
    const { points, problems } = await collect({ subreddits: [silent] }, { subreddits: ['silent'] }, { asked });
    expect(problems).toEqual([{ item: 'silent', kind: 'incomplete', message: expect.stringContaining('neither') }]);
    expect(points.map(({ measurement, fields }) => [measurement, fields])).toEqual([['reddit_posts', { posts: 0, score: 0, comments: 0 }]]);
  });

  it.each([
    ['private', 'forbidden', 'private'],
    ['quarantined', 'forbidden', 'quarantined'],
    ['gold_only', 'forbidden', 'Premium'],
    ['banned', 'not-found', 'banned'],
  ] as const)('that is %s is an error of its own', async (state, kind, word) => {
    const { points, errors } = await collect(
      { subreddits: [...subreddits, { name: 'shut', state }] },
      { subreddits: ['shut', 'TypeScript'] },
    );
    expect(points.map(({ tags }) => tags.subreddit)).toEqual(['TypeScript']);
    expect([...errors]).toEqual([['r/shut', expect.objectContaining({ kind, message: expect.stringContaining(word) })]]);
  });

  it('that does not exist is one as well, though Reddit leads to a search', async () => {
    const { points, errors, standIn } = await collect({}, { subreddits: ['typoscript', 'TypeScript'] });
    expect(points.map(({ tags }) => tags.subreddit)).toEqual(['TypeScript']);
    expect(errors.get('r/typoscript')).toMatchObject({ kind: 'not-found', message: 'Reddit has no such subreddit: check the name' });
    expect(standIn.requests.map(({ path }) => path)).not.toContain('/subreddits/search');
  });

  it('of which a search tells with a list does not exist either', async () => {
    const standIn = await startReddit({ subreddits });
    onTestFinished(() => standIn.close());
    standIn.misbehave({
      name: 'error-200',
      when: ({ path }) => path.endsWith('/about'),
      act: ({ send }) => send({ body: { kind: 'Listing', data: { after: null, children: [], dist: 0 } } }),
    });
    const { errors } = await collectAll(reddit, { ...app, subreddits: ['x1'], baseUrl: standIn.url, authUrl: standIn.authUrl });
    expect(errors.get('r/x1')).toMatchObject({ kind: 'not-found' });
  });
});

describe('targets', () => {
  const settings = reddit.settings.parse({ ...app, subreddits: ['r/A1', 'b2', 'a1'] }) as Settings;
  const window = days('2026-11-20T00:00:00Z', '2026-11-21T20:00:00Z');
  const plan = (asked: Parameters<typeof reddit.targets>[1]) => reddit.targets(settings, asked) as readonly Target[];

  it('are each subreddit once', () => {
    expect(plan(window).map((target) => reddit.label(target))).toEqual(['r/a1', 'r/b2']);
  });

  it('are none where nothing of them is wanted', () => {
    expect(plan({ windows: {}, only: ['reddit_posts'] })).toEqual([]);
    expect(plan({ ...window, only: ['reddit_posts'] }).map(({ snapshot }) => snapshot)).toEqual([false, false]);
  });

  it('share the limit of the app', () => {
    const limits = (extra: object) => reddit.limits(reddit.settings.parse({ ...app, subreddits: ['a1'], ...extra }))[0]?.key;
    expect(limits({ subreddits: ['b2'], userAgent: 'another agent' })).toEqual(limits({}));
    expect(limits({ clientId: 'other' })).not.toEqual(limits({}));
  });
});
