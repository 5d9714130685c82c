import { expect, it } from 'vitest';
import { runAt } from '../../testing/stand-ins/mailchimp/run.ts';
import { mailchimp } from './index.ts';

const asked = { windows: {}, only: ['mailchimp_campaign'] };

it('leaves out reports that do not tell when they were sent, and says so once', async () => {
  const campaigns = [{ id: 'c1', sent: '' }, { id: 'c2' }, { id: 'c3', sent: '', type: 'automation' }];
  const { points, notices, problems } = await runAt(mailchimp, { lists: [], campaigns }, { asked });
  expect(points.map(({ tags }) => tags.campaign)).toEqual(['c2']);
  expect(problems).toEqual([]);
  expect(notices).toEqual([{ item: 'campaigns', message: '2 reports do not tell when they were sent: they are left out' }]);
});

it('asks for 300 days by itself, and only for what it uses', async () => {
  const { standIn } = await runAt(mailchimp, { lists: [] }, { asked });
  const query = standIn.requests[0]?.query;
  expect(query?.get('since_send_time')).toBe('2026-01-24T23:59:59+00:00');
  expect(query?.get('before_send_time')).toBe('2026-11-21T20:00:01+00:00');
  expect(query?.get('fields')?.split(',')).not.toContain('reports.timeseries');
});
