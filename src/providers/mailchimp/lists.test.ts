import { describe, expect, it } from 'vitest';
import { type Fault, type StandIn, transportFault } from '../../testing/stand-in.ts';
import { problem } from '../../testing/stand-ins/mailchimp/answers.ts';
import { runAt } from '../../testing/stand-ins/mailchimp/run.ts';
import { mailchimp } from './index.ts';

const world = { lists: ['aa11', 'bb22'].map((id) => ({ id, days: ['2026-11-20'], months: ['2026-10'] })) };
const asked = { windows: {}, only: ['mailchimp_list', 'mailchimp_list_activity', 'mailchimp_list_growth'] };

function run(fault: Fault) {
  return runAt(mailchimp, world, { asked, before: (standIn: StandIn) => standIn.misbehave(fault) });
}

function told({ points }: Awaited<ReturnType<typeof run>>): readonly string[] {
  return points.map(({ measurement, tags }) => `${measurement.replace('mailchimp_', '')} ${tags.list}`);
}

describe('a list', () => {
  it('that is gone in between loses its days and months alone', async () => {
    const gone = problem(404, 'Resource Not Found', 'The requested resource could not be found.');
    const seen = await run({ name: '404', when: ({ path }) => path.includes('/aa11/'), act: ({ send }) => send(gone) });
    expect(told(seen)).toEqual(['list aa11', 'list bb22', 'list_activity bb22', 'list_growth bb22']);
    expect(seen.problems.map(({ item, kind }) => `${item} ${kind}`)).toEqual(['activity of aa11 not-found', 'growth of aa11 not-found']);
    expect([...seen.errors]).toEqual([]);
  });

  it('whose days are refused keeps its months', async () => {
    const no = problem(403, 'Forbidden', 'Your plan does not include this.');
    const seen = await run({ name: '403-scope', when: ({ path }) => path.endsWith('/activity'), act: ({ send }) => send(no) });
    expect(told(seen)).toEqual(['list aa11', 'list_growth aa11', 'list bb22', 'list_growth bb22']);
    expect(seen.problems.map(({ item, kind }) => `${item} ${kind}`)).toEqual(['activity of aa11 forbidden', 'activity of bb22 forbidden']);
  });

  it('that cannot be reached now ends, and is not asked for more', async () => {
    const seen = await run({ ...transportFault('502-html'), when: ({ path }) => path.endsWith('/aa11/activity') });
    expect([...seen.errors].map(([label, error]) => `${label} ${(error as { kind?: string }).kind}`)).toEqual(['list aa11 server']);
    expect(told(seen)).toEqual(['list aa11', 'list bb22', 'list_activity bb22', 'list_growth bb22']);
    expect(seen.standIn.requests.filter(({ path }) => path.endsWith('/aa11/growth-history'))).toEqual([]);
  });

  it('whose numbers are wrong keeps its days and months', async () => {
    const seen = await run({
      name: 'missing-field',
      when: ({ path }) => path.endsWith('/lists'),
      async act({ usual, send }) {
        // biome-ignore lint/suspicious/noExplicitAny: an answer that is spoilt
        const { body } = (await usual()) as { body: any };
        delete body.lists[0].stats;
        body.lists[1].stats.member_count = 'many';
        send({ body });
      },
    });
    expect(told(seen)).toEqual(['list_activity aa11', 'list_growth aa11', 'list_activity bb22', 'list_growth bb22']);
    expect(seen.problems).toMatchObject([
      { item: 'aa11', kind: 'invalid-answer', message: expect.stringContaining('stats: expected object') },
      { item: 'bb22', kind: 'invalid-answer', message: expect.stringContaining('stats.member_count: expected number') },
    ]);
  });

  it('keeps all else where a rate is none', async () => {
    const seen = await run({
      name: 'negative',
      when: ({ path }) => path.endsWith('/lists'),
      async act({ usual, send }) {
        // biome-ignore lint/suspicious/noExplicitAny: an answer that is spoilt
        const { body } = (await usual()) as { body: any };
        Object.assign(body.lists[1].stats, { open_rate: 101, avg_sub_rate: -1 });
        send({ body });
      },
    });
    expect(told(seen)).toContain('list bb22');
    const [whole, rest] = seen.points
      .filter(({ measurement }) => measurement === 'mailchimp_list')
      .map(({ fields }) => Object.keys(fields));
    expect(rest).toEqual(whole?.filter((field) => field !== 'open_ratio' && field !== 'subscribe_rate'));
    const message =
      'Mailchimp answered for list bb22 what it does not document: stats.open_rate: Too big: expected number to be <=100; stats.avg_sub_rate: Too small: expected number to be >=0; that is left out';
    expect(seen.problems).toEqual([{ item: 'bb22', kind: 'invalid-answer', message }]);
  });

  it('may have a day or a month that is wrong', async () => {
    const seen = await run({
      name: 'negative',
      when: ({ path }) => path.includes('/aa11/'),
      async act({ usual, send }) {
        const { body } = (await usual()) as { body: Record<string, unknown> };
        if (body.activity) body.activity = [{ day: '20 November' }, { day: '2026-11-19' }];
        if (body.history) body.history = [{ month: '2026-13', subscribed: 1, unsubscribed: 0, cleaned: 0 }];
        send({ body: { ...body, total_items: body.activity ? 2 : 1 } });
      },
    });
    expect(told(seen)).toEqual(['list aa11', 'list bb22', 'list_activity bb22', 'list_growth bb22']);
    expect(seen.problems.map(({ item }) => item)).toEqual(['aa11 20 November', 'aa11 2026-11-19', 'aa11 2026-13']);
  });
});
