import { expect, it } from 'vitest';
import { activity, automation, campaign, growth, list } from './measurements.ts';

it('has the tags and fields that others rely on', () => {
  const shapes = [list, activity, growth, campaign('300d'), automation].map((one) => [
    one.name,
    Object.keys(one.tags).join(' '),
    Object.keys(one.fields).join(' '),
  ]);
  expect(shapes).toEqual([
    ['mailchimp_list', 'list', 'name members unsubscribed cleaned campaigns open_ratio click_ratio subscribe_rate unsubscribe_rate'],
    [
      'mailchimp_list_activity',
      'list',
      'emails_sent unique_opens clicks hard_bounces soft_bounces subscribes unsubscribes other_adds other_removes',
    ],
    ['mailchimp_list_growth', 'list', 'subscribed unsubscribed reconfirm cleaned pending deleted transactional'],
    [
      'mailchimp_campaign',
      'campaign list',
      'title subject emails_sent opens unique_opens open_ratio clicks unique_clicks subscriber_clicks click_ratio hard_bounces soft_bounces unsubscribed forwards revenue currency',
    ],
    [
      'mailchimp_automation',
      'automation list',
      'title status started_at emails_sent opens unique_opens open_ratio clicks subscriber_clicks click_ratio',
    ],
  ]);
});

it('asks for campaigns of 14 days again, and for no more than the user wants at all', () => {
  expect(campaign('300d').history).toEqual({ first: '300d', settle: '14d' });
  expect(campaign('2w').history).toEqual({ first: '2w', settle: '14d' });
  expect(campaign('7d').history).toEqual({ first: '7d', settle: '7d' });
});
