import { expect, it } from 'vitest';
import { declarationProblem } from '../../sdk/index.ts';
import { measurementOf } from './measurements.ts';
import { ReportSettings } from './settings.ts';

it('declares what the config names, by day of the property', () => {
  const report = ReportSettings.parse({ name: 'shop', metrics: ['purchaseRevenue', 'bounceRate'], dimensions: ['sessionSource'] });
  const declared = measurementOf(report);
  expect(declarationProblem(declared)).toBeUndefined();
  expect(declared).toMatchObject({ name: 'google_analytics_shop', time: 'day', history: { first: '30d', settle: '3d', zone: 'account' } });
  expect(Object.keys(declared.tags)).toEqual(['property', 'session_source']);
  expect(Object.entries(declared.fields).map(([field, { kind }]) => `${field} ${kind}`)).toEqual([
    'purchase_revenue gauge',
    'bounce_rate ratio',
    'currency name',
  ]);
});

it('has no currency where no money can be', () => {
  const report = ReportSettings.parse({ name: 'r', metrics: ['sessions'] });
  expect(Object.keys(measurementOf(report).fields)).toEqual(['sessions']);
});
