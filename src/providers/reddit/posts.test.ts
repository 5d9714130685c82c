import { describe, expect, it, onTestFinished } from 'vitest';
import { createTestClock } from '../../testing/clock.ts';
import { collectAll } from '../../testing/context.ts';
import { bodyFault, type Fault } from '../../testing/stand-in.ts';
import { postsOn, type RedditOptions, type RedditPost, startReddit } from '../../testing/stand-ins/reddit/index.ts';
import { reddit } from './index.ts';

interface Given extends Partial<RedditOptions> {
  readonly posts: readonly RedditPost[];
  readonly from: string;
  readonly to?: string;
  readonly fault?: Fault;
}

/** The days that are told, each with its posts. */
async function collect({ posts, from, to = '2026-11-21T20:00:00Z', fault, ...options }: Given) {
  const clock = createTestClock();
  const standIn = await startReddit({
    subreddits: [{ name: 'here', posts }],
    now: () => clock.now(),
    ...options,
  });
  onTestFinished(() => standIn.close());
  standIn.misbehave(fault);
  const settings = {
    clientId: 'app-id',
    clientSecret: 'app-secret-0123456789',
    userAgent: 'linux:org.example.kpi:1.0 (by /u/somebody)',
    subreddits: ['here'],
    baseUrl: standIn.url,
    authUrl: standIn.authUrl,
  };
  const window = { from: new Date(`${from}T00:00:00Z`), to: new Date(to) };
  const asked = { windows: { reddit_posts: window }, only: ['reddit_posts'] };
  const seen = await collectAll(reddit, settings, { clock, asked });
  expect(standIn.unexpected).toEqual([]);
  expect([...seen.errors]).toEqual([]);
  const told = seen.points.map(({ time, fields }) => [time.toISOString().slice(5, 10), fields.posts, fields.score, fields.comments]);
  const pages = standIn.requests.filter(({ path }) => path.endsWith('/new'));
  return { ...seen, told, pages };
}

describe('days of posts', () => {
  it('are those of the window, with all that came of their posts, quiet ones too', async () => {
    const posts = [...postsOn('2026-11-17', 4), ...postsOn('2026-11-18', 3), ...postsOn('2026-11-20', 2), ...postsOn('2026-11-21', 1)];
    const { told, notices, problems } = await collect({ posts, from: '2026-11-18' });
    expect(told).toEqual([
      ['11-18', 3, 30, 6],
      ['11-19', 0, 0, 0],
      ['11-20', 2, 20, 4],
      ['11-21', 1, 10, 2],
    ]);
    expect([notices, problems]).toEqual([[], []]);
  });

  it('are read no further back than the window, and only pages that are needed', async () => {
    const posts = Array.from({ length: 9 }, (_, place) => postsOn(`2026-11-1${place}`, 60)).flat();
    const { told, pages } = await collect({ posts, from: '2026-11-17' });
    expect(told.map(([day, count]) => [day, count])).toEqual([
      ['11-17', 60],
      ['11-18', 60],
      ['11-19', 0],
      ['11-20', 0],
      ['11-21', 0],
    ]);
    expect(pages.map(({ query }) => [query.get('limit'), query.get('after')])).toEqual([
      ['100', null],
      ['100', expect.stringMatching(/^t3_20261117/)],
    ]);
  });

  it('go as far back as the list does: a day that it does not tell wholly is left out, and that is told', async () => {
    // The 1,000 newest end in the middle of the 19th.
    const posts = ['18', '19', '20', '21'].flatMap((day) => postsOn(`2026-11-${day}`, 400));
    const { told, notices, problems, pages } = await collect({ posts, from: '2026-11-15' });
    expect(told.map(([day, count]) => [day, count])).toEqual([
      ['11-20', 400],
      ['11-21', 400],
    ]);
    expect(pages).toHaveLength(10);
    expect(problems).toEqual([]);
    const message = expect.stringMatching(/ends after 1000 posts, at 2026-11-19T12:0.Z: .*the whole of 2026-11-15 to 2026-11-19, which is/);
    expect(notices).toEqual([{ item: 'posts of here', message }]);
  });

  it('are none where not even this day is told wholly', async () => {
    const { told, notices } = await collect({ posts: postsOn('2026-11-21', 1500), from: '2026-11-21' });
    expect(told).toEqual([]);
    expect(notices).toHaveLength(1);
  });

  it('are not whole where the list happens to end at their first second', async () => {
    const posts = [...postsOn('2026-11-20', 500), ...postsOn('2026-11-21', 500)];
    expect((await collect({ posts, from: '2026-11-20' })).told.map(([day]) => day)).toEqual(['11-21']);
  });

  it('of a young subreddit begin after that of its first post: that a list ends is no proof that nothing was before', async () => {
    const posts = [...postsOn('2026-11-19', 2), ...postsOn('2026-11-21', 1)];
    const { told, notices } = await collect({ posts, from: '2026-11-18' });
    expect(told.map(([day, count]) => [day, count])).toEqual([
      ['11-20', 0],
      ['11-21', 1],
    ]);
    expect(notices.map(({ message }) => message)).toEqual([expect.stringContaining('ends after 3 posts, at 2026-11-19T00:00Z')]);
  });

  it('of a list that is empty are not told', async () => {
    const { told, notices } = await collect({ posts: [], from: '2026-11-20' });
    expect(told).toEqual([]);
    expect(notices.map(({ message }) => message)).toEqual([expect.stringContaining('is empty')]);
  });

  it('have no posts that were removed, which yet show how far the list goes', async () => {
    const gone = ['moderator', 'deleted'].map((removed, place) => ({
      id: `gone${place}`,
      created: `2026-11-20T1${place}:00:00Z`,
      removed,
    }));
    const old = { id: 'old', created: '2026-11-19T23:59:59Z', removed: 'reddit' };
    const { told } = await collect({ posts: [...gone, old, ...postsOn('2026-11-21', 1)], from: '2026-11-20' });
    expect(told.map(([day, count]) => [day, count])).toEqual([
      ['11-20', 0],
      ['11-21', 1],
    ]);
  });

  it('may have a score below zero', async () => {
    const posts = [
      { id: 'a', created: '2026-11-21T01:00:00Z', score: -3 },
      { id: 'b', created: '2026-11-01T00:00:00Z' },
    ];
    expect((await collect({ posts, from: '2026-11-21' })).told).toEqual([['11-21', 1, -3, 0]]);
  });

  it('end where a window ends', async () => {
    const { told } = await collect({ posts: postsOn('2026-11-10', 1), from: '2026-11-19', to: '2026-11-20T00:00:00Z' });
    expect(told.map(([day]) => day)).toEqual(['11-19']);
  });
});

describe('a post that is not well-formed', () => {
  const posts = ['17', '18', '19', '20', '21'].flatMap((day) => postsOn(`2026-11-${day}`, 3));
  const spoil = (change: (data: Record<string, unknown>) => unknown) =>
    bodyFault(
      'missing-field',
      (json) => ({ ...json, data: { ...json.data, children: json.data.children.map(spoiltAt(7, change)) } }),
      ({ path }) => path.endsWith('/new'),
    );

  it('costs its own day, and no other', async () => {
    // The middle one of the 19th.
    const fault = spoil(({ data }) => ({ kind: 't3', data: { ...(data as object), score: 'many' } }));
    const { told, problems } = await collect({ posts, from: '2026-11-18', fault });
    expect(told.map(([day]) => day)).toEqual(['11-18', '11-20', '11-21']);
    expect(problems).toEqual([
      { item: 't3_202611191', kind: 'invalid-answer', message: expect.stringContaining('data.score: expected number') },
    ]);
  });

  it('costs the days beside it, where it does not tell its own', async () => {
    const lost = [null, { kind: 't1', data: {} }, { kind: 't3', data: { name: 't3_x', created_utc: '2026' } }];
    for (const what of lost) {
      const { told } = await collect({ posts, from: '2026-11-18', fault: spoil(() => what) });
      expect(told.map(([day]) => day)).toEqual(['11-18', '11-20', '11-21']);
    }
  });

  it('does not vouch for how far the list goes', async () => {
    // The list goes back to the 19th, and its last item says that it is of 1970.
    const few = ['19', '20', '21'].flatMap((day) => postsOn(`2026-11-${day}`, 3));
    const stray = { kind: 't3', data: { name: 't3_x', created_utc: 1 } };
    const fault = bodyFault(
      'missing-field',
      (json) => ({ ...json, data: { ...json.data, children: [...json.data.children, stray] } }),
      ({ path }) => path.endsWith('/new'),
    );
    const { told, problems } = await collect({ posts: few, from: '2026-11-17', fault });
    expect(told.map(([day]) => day)).toEqual(['11-20', '11-21']);
    expect(problems).toHaveLength(1);
  });

  it('is no empty list, where there is no other', async () => {
    const { told, notices, problems } = await collect({
      posts: postsOn('2026-11-20', 1),
      from: '2026-11-20',
      fault: bodyFault(
        'missing-field',
        (json) => ({ ...json, data: { ...json.data, children: [{}, { kind: 't1' }] } }),
        ({ path }) => path.endsWith('/new'),
      ),
    });
    expect([told, problems.length]).toEqual([[], 2]);
    expect(notices.map(({ message }) => message)).toEqual([
      "Reddit's list has no post that is well-formed: it does not tell the whole of 2026-11-20 to 2026-11-21, which is left out",
    ]);
  });

  it('costs both days, where it stands between two', async () => {
    const fault = bodyFault(
      'missing-field',
      (json) => ({ ...json, data: { ...json.data, children: json.data.children.toSpliced(6, 0, {}) } }),
      ({ path }) => path.endsWith('/new'),
    );
    const { told, problems } = await collect({ posts, from: '2026-11-18', fault });
    expect(told.map(([day]) => day)).toEqual(['11-18', '11-21']);
    expect(problems.map(({ item }) => item)).toEqual(['item 7 of here']);
  });
});

describe('what Reddit mixes up', () => {
  async function collectSpoilt(fault: Fault, name = 'here') {
    const posts = ['17', '18', '19', '20', '21'].flatMap((day) => postsOn(`2026-11-${day}`, 3));
    const standIn = await startReddit({ subreddits: [{ name, posts }] });
    onTestFinished(() => standIn.close());
    standIn.misbehave(fault);
    const settings = { clientId: 'app-id', clientSecret: 'app-secret-0123456789', userAgent: 'linux:org.example.kpi:1.0 (by /u/somebody)' };
    const window = { from: new Date('2026-11-18T00:00:00Z'), to: new Date('2026-11-21T20:00:00Z') };
    return await collectAll(
      reddit,
      { ...settings, subreddits: [name], baseUrl: standIn.url, authUrl: standIn.authUrl },
      { asked: { windows: { reddit_posts: window } } },
    );
  }

  it('a list that is not in the order of time tells no day', async () => {
    const { points, errors } = await collectSpoilt(
      bodyFault(
        'missing-field',
        (json) => ({ ...json, data: { ...json.data, children: json.data.children.toReversed() } }),
        ({ path }) => path.endsWith('/new'),
      ),
    );
    expect(points.map(({ measurement }) => measurement)).toEqual(['reddit_subreddit']);
    expect(errors.get('r/here')).toMatchObject({ kind: 'incomplete', message: expect.stringContaining('order of time') });
  });

  it.each(['there', 'her\u212a'])("another subreddit's numbers are not taken: %s", async (other) => {
    const { points, errors } = await collectSpoilt(
      bodyFault(
        'missing-field',
        (json) => ({ ...json, data: { ...json.data, display_name: other } }),
        ({ path }) => path.endsWith('/about'),
      ),
      other === 'there' ? 'here' : 'herk',
    );
    expect(points).toEqual([]);
    expect([...errors.values()].map(({ message }) => message)).toEqual([expect.stringContaining(`Reddit told of another: r/${other}`)]);
  });
});

describe('a list that goes wrong', () => {
  const posts = [...postsOn('2026-11-19', 80), ...postsOn('2026-11-20', 60), ...postsOn('2026-11-21', 50)];

  it('refuses a page that holds more than any page may', async () => {
    const standIn = await startReddit({ subreddits: [{ name: 'here', posts }] });
    onTestFinished(() => standIn.close());
    standIn.misbehave(
      bodyFault('endless-pages', (json) =>
        json.kind === 'Listing' ? { ...json, data: { after: null, children: Array(201).fill({}) } } : undefined,
      ),
    );
    const settings = { clientId: 'app-id', clientSecret: 'app-secret-0123456789', userAgent: 'linux:org.example.kpi:1.0 (by /u/somebody)' };
    const window = { from: new Date('2026-11-20T00:00:00Z'), to: new Date('2026-11-21T20:00:00Z') };
    const { points, errors } = await collectAll(
      reddit,
      { ...settings, subreddits: ['here'], baseUrl: standIn.url, authUrl: standIn.authUrl },
      { asked: { windows: { reddit_posts: window }, only: ['reddit_posts'] } },
    );
    expect(points).toEqual([]);
    expect(errors.get('r/here')?.message).toContain('more than 200 posts on one page');
  });

  it('tells the days before it does', async () => {
    const seen = new Map<string, unknown>();
    const fault = bodyFault('page-twice', (json, { path, query }) => {
      if (json.kind !== 'Listing') return undefined;
      if (query.get('after') !== null) return seen.get(path);
      seen.set(path, json);
      return undefined;
    });
    const { told, problems, notices } = await collect({ posts, from: '2026-11-19', fault });
    expect(told.map(([day, count]) => [day, count])).toEqual([['11-21', 50]]);
    const message = expect.stringContaining('came back to where it was before');
    expect(problems).toEqual([{ item: 'posts of here', kind: 'incomplete', message }]);
    expect(notices).toEqual([]);
  });
});

function spoiltAt(place: number, change: (item: Record<string, unknown>) => unknown) {
  return (item: Record<string, unknown>, index: number) => (index === place ? change(item) : item);
}
