import { describe, expect, it, onTestFinished } from 'vitest';
import { postsOn, type RedditOptions, startReddit } from './index.ts';

async function api(options: Partial<RedditOptions> = {}) {
  const standIn = await startReddit({
    subreddits: [
      { name: 'Here', posts: postsOn('2026-11-20', 250) },
      { name: 'shut', state: 'private' },
    ],
    ...options,
  });
  onTestFinished(() => standIn.close());
  const agent = { 'user-agent': 'linux:org.example.kpi:1.0 (by /u/somebody)' };
  const ask = async (path: string, token: string) =>
    fetch(standIn.url + path, { headers: { ...agent, authorization: `Bearer ${token}` }, redirect: 'manual' });
  return { standIn, ask };
}

interface ListingData {
  readonly after: string | null;
  readonly dist: number;
  readonly children: readonly { readonly data: { readonly name: string } }[];
}

async function tokenOf(standIn: { readonly authUrl: string }, secret = 'app-secret-0123456789') {
  const response = await fetch(standIn.authUrl, {
    method: 'POST',
    headers: {
      'user-agent': 'linux:org.example.kpi:1.0 (by /u/somebody)',
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`app-id:${secret}`).toString('base64')}`,
    },
    body: 'grant_type=client_credentials',
  });
  return { status: response.status, body: (await response.json()) as { readonly access_token: string; readonly expires_in: number } };
}

describe('the stand-in of Reddit', () => {
  it('gives tokens to its app alone, for some seconds', async () => {
    let now = Date.parse('2026-11-21T20:00:00Z');
    const { standIn, ask } = await api({ now: () => new Date(now), tokenLife: 60 });
    expect((await tokenOf(standIn, 'wrong')).status).toBe(401);
    const { body } = await tokenOf(standIn);
    expect(body.expires_in).toBe(60);
    expect((await ask('/r/here/about', body.access_token)).status).toBe(200);
    expect((await ask('/r/here/about', 'other')).status).toBe(401);
    now += 60_000;
    expect((await ask('/r/here/about', body.access_token)).status).toBe(401);
  });

  it('pages through what is new, to its end', async () => {
    const { standIn, ask } = await api({ cap: 150 });
    const { access_token: token } = (await tokenOf(standIn)).body;
    const page = async (after: string) => {
      const { data } = (await (await ask(`/r/here/new?limit=100${after}`, token)).json()) as { readonly data: ListingData };
      return { ...data, names: data.children.map((child) => child.data.name) };
    };
    const first = await page('');
    expect([first.dist, first.names[0]]).toEqual([100, 't3_20261120249']);
    const second = await page(`&after=${first.after}`);
    expect([second.dist, second.after, second.names[49]]).toEqual([50, null, 't3_20261120100']);
  });

  it('says what is left, in seconds and with a fraction, and refuses more', async () => {
    const { standIn, ask } = await api({ limit: 1, now: () => new Date('2026-11-21T20:01:00Z') });
    const { access_token: token } = (await tokenOf(standIn)).body;
    const told = (response: Response) => ['used', 'remaining', 'reset'].map((name) => response.headers.get(`x-ratelimit-${name}`));
    expect(told(await ask('/r/here/about', token))).toEqual(['1', '0.0', '540']);
    const refused = await ask('/r/here/about', token);
    expect([refused.status, refused.headers.get('content-type')]).toEqual([429, 'text/html']);
  });

  it('blocks those who do not say who they are, hides what is private, and leads to a search', async () => {
    const { standIn, ask } = await api();
    expect((await fetch(`${standIn.url}/r/here/about`)).status).toBe(403);
    const { access_token: token } = (await tokenOf(standIn)).body;
    expect(await (await ask('/r/shut/about', token)).json()).toMatchObject({ reason: 'private', error: 403 });
    expect((await ask('/r/gone/about', token)).headers.get('location')).toBe('/subreddits/search?q=gone');
  });

  it('does not answer what the documentation does not have', async () => {
    const { standIn, ask } = await api();
    const { access_token: token } = (await tokenOf(standIn)).body;
    for (const path of ['/r/here/newest', '/r/here/new?limt=1', '/r/here/new?limit=101', '/r/here/new?after=t3_never'])
      expect((await ask(path, token)).status).toBe(400);
    expect(standIn.unexpected).toHaveLength(4);
  });
});
