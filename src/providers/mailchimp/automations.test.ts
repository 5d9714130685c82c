import { expect, it } from 'vitest';
import { runAt } from '../../testing/stand-ins/mailchimp/run.ts';
import { mailchimp } from './index.ts';

const asked = { windows: {}, only: ['mailchimp_automation'] };

it('collects automations of every status, on all pages', async () => {
  const automations = (['save', 'paused', 'sending'] as const).map((status) => ({ id: status, status }));
  const { points, standIn } = await runAt(mailchimp, { lists: [], automations, pageSize: 2 }, { asked });
  expect(points.map(({ tags, fields }) => [tags.automation, fields.status])).toEqual([
    ['save', 'save'],
    ['paused', 'paused'],
    ['sending', 'sending'],
  ]);
  expect(standIn.requests).toHaveLength(2);
});

it('tells of one that is wrong, and collects the others', async () => {
  const automations = [{ id: 'w1' }, { id: 'w2' }];
  const { points, problems } = await runAt(
    mailchimp,
    { lists: [], automations },
    {
      asked,
      before: (one) =>
        one.misbehave({
          name: 'number-as-string',
          async act({ usual, send }) {
            // biome-ignore lint/suspicious/noExplicitAny: an answer that is spoilt
            const { body } = (await usual()) as { body: any };
            body.automations[0].report_summary.opens = '7';
            send({ body });
          },
        }),
    },
  );
  expect(points.map(({ tags }) => tags.automation)).toEqual(['w2']);
  expect(problems).toMatchObject([{ item: 'w1', kind: 'invalid-answer', message: expect.stringContaining('report_summary.opens') }]);
});
