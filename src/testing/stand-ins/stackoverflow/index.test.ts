import { get } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type StackoverflowOptions, startStackoverflow } from './index.ts';

async function api(options: Partial<StackoverflowOptions> = {}) {
  const standIn = await startStackoverflow({ tags: [{ name: 'a', questions: 40, byDay: { '2026-11-20': 3 } }, { name: 'b' }], ...options });
  onTestFinished(() => standIn.close());
  const ask = async (pathAndQuery: string) => {
    const response = await fetch(standIn.baseUrl + pathAndQuery);
    return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
  };
  return { standIn, ask };
}

const common = 'site=stackoverflow&filter=!nNPvSNVZJS';

describe('the stand-in of Stack Exchange', () => {
  it('compresses its answers, asked or not', async () => {
    const { standIn } = await api();
    const encoding = await new Promise((resolve, reject) => {
      get(`${standIn.baseUrl}/questions?tagged=a&${common}`, (response) => {
        response.resume();
        resolve(response.headers['content-encoding']);
      }).on('error', reject);
    });
    expect(encoding).toBe('gzip');
  });

  it('counts, in all and between two seconds, both included', async () => {
    const { ask } = await api();
    const day = Date.parse('2026-11-20T00:00:00Z') / 1000;
    const between = (from: number, to: number) => ask(`/questions?tagged=a&fromdate=${from}&todate=${to}&pagesize=0&${common}`);
    expect(await ask(`/questions?tagged=a&pagesize=2&${common}`)).toMatchObject({ total: 40, has_more: true, quota_max: 300 });
    expect(await between(day, day + 86_399)).toMatchObject({ total: 3, items: [] });
    expect(await between(day + 1, day + 86_398)).toMatchObject({ total: 1 });
    expect(await ask(`/questions?tagged=nosuch&${common}`)).toMatchObject({ total: 0 });
  });

  it('tells of the tags that it has', async () => {
    const { ask } = await api();
    expect(await ask(`/tags/b;x;a/info?${common}`)).toMatchObject({
      items: [
        { name: 'a', count: 40 },
        { name: 'b', count: 1000 },
      ],
    });
  });

  it('refuses with status 400 and the reason in the body', async () => {
    const { ask } = await api({ key: 'known' });
    const refused = (error_id: number, words: string) => ({ status: 400, error_id, error_message: expect.stringContaining(words) });
    expect(await ask('/questions?tagged=a')).toMatchObject(refused(400, 'site is required'));
    expect(await ask('/questions?tagged=a&site=x')).toMatchObject(refused(400, 'No site found'));
    expect(await ask(`/questions?tagged=a&key=other&${common}`)).toMatchObject(refused(400, '`key`'));
  });

  it('has a quota, and says when there is more', async () => {
    const { ask } = await api({ quota: 1, now: () => new Date('2026-11-20T23:59:00Z') });
    expect(await ask(`/questions?tagged=a&${common}`)).toMatchObject({ quota_remaining: 0 });
    expect(await ask(`/questions?tagged=a&${common}`)).toMatchObject({
      error_id: 502,
      error_message: expect.stringContaining('in 60 seconds'),
    });
  });

  it('notices who comes back before a backoff is over', async () => {
    let now = Date.parse('2026-11-20T12:00:00Z');
    const { ask, standIn } = await api({ now: () => new Date(now), backoff: (_, count) => (count === 1 ? 10 : undefined) });
    expect(await ask(`/questions?tagged=a&${common}`)).toMatchObject({ backoff: 10 });
    expect(await ask(`/questions/unanswered?tagged=a&${common}`)).toMatchObject({ status: 200 });
    expect(await ask(`/questions?tagged=a&${common}`)).toMatchObject({ error_name: 'throttle_violation' });
    now += 10_000;
    expect(await ask(`/questions?tagged=a&${common}`)).toMatchObject({ status: 200 });
    expect(standIn.tooSoon).toEqual(['/questions']);
  });

  it('does not answer what the documentation does not have', async () => {
    const { standIn } = await api();
    for (const path of [`/questions?taged=a&${common}`, `/question?${common}`, `/questions?tagged=a&site=stackoverflow&filter=total`])
      expect((await fetch(standIn.baseUrl + path)).status).toBe(400);
    expect(standIn.unexpected).toHaveLength(3);
  });
});
