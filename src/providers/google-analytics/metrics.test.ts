import { expect, it } from 'vitest';
import { fieldOf, isSum, mayBeMoney, snakeCase } from './metrics.ts';

it.each([
  ['sessions', 'sessions'],
  ['averageSessionDuration', 'average_session_duration'],
  ['active28DayUsers', 'active28_day_users'],
  ['customEvent:levelName', 'custom_event_level_name'],
  ['keyEvents:add_to_cart', 'key_events_add_to_cart'],
])('%s is %s', (name, field) => {
  expect(snakeCase(name)).toBe(field);
});

it('knows what a metric means by its name alone', () => {
  expect(fieldOf('totalUsers')).toMatchObject({ kind: 'gauge', unit: '{user}' });
  expect(fieldOf('userEngagementDuration')).toMatchObject({ kind: 'gauge', unit: 's' });
  expect(fieldOf('engagementRate').kind).toBe('ratio');
  expect(fieldOf('sessionKeyEventRate:purchase').kind).toBe('ratio');
  // Viewers who bought, of viewers of another day perhaps.
  expect(fieldOf('cartToViewRate').kind).toBe('gauge');
});

it('knows what may be money', () => {
  expect(['purchaseRevenue', 'advertiserAdCost', 'refundAmount', 'customEvent:paid'].every(mayBeMoney)).toBe(true);
  expect(['sessions', 'totalUsers', 'engagementRate', 'averageSessionDuration'].some(mayBeMoney)).toBe(false);
});

it('knows what of several rows may be added up', () => {
  expect(['eventCount', 'screenPageViews', 'totalRevenue', 'keyEvents:purchase', 'customEvent:paid'].every(isSum)).toBe(true);
  expect(['sessions', 'totalUsers', 'engagementRate', 'averageCustomEvent:paid', 'sessionsPerUser'].some(isSum)).toBe(false);
});
