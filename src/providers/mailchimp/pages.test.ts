import { describe, expect, it } from 'vitest';
import { runAt } from '../../testing/stand-ins/mailchimp/run.ts';
import { mailchimp } from './index.ts';

const campaigns = Array.from({ length: 25 }, (_, place) => ({ id: `c${place}` }));
const asked = { windows: {}, only: ['mailchimp_campaign'] };
const ids = (points: readonly { readonly tags: Readonly<Record<string, string>> }[]) => points.map(({ tags }) => tags.campaign);

describe('pages', () => {
  it('are all read, by a thousand', async () => {
    const many = Array.from({ length: 1001 }, (_, place) => ({ id: `c${place}` }));
    const { points, problems, standIn } = await runAt(mailchimp, { lists: [], campaigns: many }, { asked });
    expect(new Set(ids(points)).size).toBe(1001);
    expect(problems).toEqual([]);
    expect(standIn.requests.map(({ query }) => [query.get('count'), query.get('offset')])).toEqual([
      ['1000', '0'],
      ['1000', '1000'],
    ]);
  });

  it('are read on where fewer come than were asked for', async () => {
    const { points, standIn } = await runAt(mailchimp, { lists: [], campaigns, pageSize: 10 }, { asked });
    expect(ids(points)).toEqual(campaigns.map(({ id }) => id));
    expect(standIn.requests.map(({ query }) => query.get('offset'))).toEqual(['0', '10', '20']);
  });

  it('end with an empty one, when it is not told how much there is', async () => {
    const { points, standIn, problems } = await runAt(
      mailchimp,
      { lists: [], campaigns, pageSize: 10 },
      {
        asked,
        before: (one) =>
          one.misbehave({
            name: 'missing-field',
            async act({ usual, send }) {
              const { total_items: _, ...body } = (await usual()).body as { readonly total_items: number };
              send({ body });
            },
          }),
      },
    );
    expect([points.length, problems.length]).toEqual([25, 0]);
    expect(standIn.requests.map(({ query }) => query.get('offset'))).toEqual(['0', '10', '20', '25']);
  });

  it('that repeat are told, when it is not told how much there is', async () => {
    const body = { reports: [{ id: 'c0' }] };
    const { problems, standIn } = await runAt(
      mailchimp,
      { lists: [] },
      { asked, before: (one) => one.misbehave({ name: 'page-twice', act: ({ send }) => send({ body }) }) },
    );
    expect(standIn.requests).toHaveLength(4);
    const message = 'the campaigns did not end, and Mailchimp does not tell how many there are: pages repeated, or went on';
    expect(problems.filter(({ kind }) => kind === 'incomplete')).toEqual([{ item: 'campaigns', kind: 'incomplete', message }]);
  });

  it('are as many as the items need where they are small, and grow again', async () => {
    const many = Array.from({ length: 300 }, (_, place) => ({ id: `c${place}` }));
    const run = (isBad: (offset: number, count: number) => boolean) =>
      runAt(
        mailchimp,
        { lists: [], campaigns: many },
        {
          asked,
          before: (one) =>
            one.misbehave({
              name: '413',
              when: ({ query }) => isBad(Number(query.get('offset')), Number(query.get('count'))),
              act: ({ send }) => send({ status: 413 }),
            }),
        },
      );
    const always = await run((_, count) => count > 3);
    expect([new Set(ids(always.points)).size, always.problems]).toEqual([300, []]);
    const once = await run((offset, count) => offset < 2 && count > 1);
    expect([new Set(ids(once.points)).size, once.problems]).toEqual([300, []]);
    expect(once.standIn.requests.length).toBeLessThan(50);
  });

  it('are smaller where they are too large, down to one item', async () => {
    const before: Parameters<typeof runAt>[2] = {
      asked,
      before: (one) =>
        one.misbehave({ name: '413', when: ({ query }) => Number(query.get('count')) > 300, act: ({ send }) => send({ status: 413 }) }),
    };
    const some = await runAt(mailchimp, { lists: [], campaigns }, before);
    expect(ids(some.points)).toHaveLength(25);
    expect(some.standIn.requests.map(({ query }) => query.get('count'))).toEqual(['1000', '500', '250']);

    const none = await runAt(
      mailchimp,
      { lists: [] },
      { asked, before: (one) => one.misbehave({ name: '413', act: ({ send }) => send({ status: 413 }) }) },
    );
    expect(none.standIn.requests.at(-1)?.query.get('count')).toBe('1');
    expect([...none.errors.values()]).toMatchObject([{ kind: 'too-large' }]);
  });

  it('that are longer than was asked for are no answer', async () => {
    const body = { reports: Array.from({ length: 1001 }, (_, place) => ({ id: `c${place}` })), total_items: 1001 };
    const { errors, points } = await runAt(
      mailchimp,
      { lists: [] },
      { asked, before: (one) => one.misbehave({ name: 'endless-pages', act: ({ send }) => send({ body }) }) },
    );
    expect(points).toEqual([]);
    expect([...errors.values()].map(({ message }) => message)).toEqual(['asked for 1000 campaigns, Mailchimp answered with 1001']);
  });

  it('that bring nothing new for three in a row are left, and what is missing is told', async () => {
    const { problems, points, standIn } = await runAt(
      mailchimp,
      { lists: [], campaigns, pageSize: 2 },
      {
        asked,
        before: (one) => {
          let first: object;
          one.misbehave({
            name: 'page-twice',
            async act({ usual, send }) {
              first ??= await usual();
              send(first);
            },
          });
        },
      },
    );
    expect(ids(points)).toEqual(['c0', 'c1']);
    expect(standIn.requests).toHaveLength(4);
    expect(problems).toEqual([
      {
        item: 'campaigns',
        kind: 'incomplete',
        message: '23 of 25 campaigns were not listed: pages repeated, were cut, or did not end',
      },
    ]);
  });

  it('have items that are wrong: each is a problem of its own, the others are collected', async () => {
    const { problems, points } = await runAt(
      mailchimp,
      { lists: [], campaigns: campaigns.slice(0, 4) },
      {
        asked,
        before: (one) =>
          one.misbehave({
            name: 'missing-field',
            async act({ usual, send }) {
              // biome-ignore lint/suspicious/noExplicitAny: an answer that is spoilt
              const { body } = (await usual()) as { body: any };
              delete body.reports[0].id;
              body.reports[1].opens.opens_total = -25;
              body.reports[2] = null;
              send({ body });
            },
          }),
      },
    );
    expect(ids(points)).toEqual(['c3']);
    expect(problems.map(({ item, message }) => `${item}: ${message}`)).toEqual([
      'campaigns #1: Mailchimp answered with one of the campaigns that has no id',
      'c1: Mailchimp answered for campaign c1 what it does not document: opens.opens_total: Too small: expected number to be >=0',
      'campaigns #3: Mailchimp answered with one of the campaigns that has no id',
    ]);
  });
});
