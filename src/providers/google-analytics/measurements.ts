import { type Declared, type Field, measurement, name } from '../../sdk/index.ts';
import { fieldOf, mayBeMoney } from './metrics.ts';
import { earliest } from './request.ts';
import type { ReportSettings } from './settings.ts';

/** A report's measurement: its tags and fields are what the config names. */
export type ReportMeasurement = Declared<{
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, Field>>;
}>;

/**
 * Numbers of a day change while Google processes it, for 24 to 48 hours (https://support.google.com/analytics/answer/11198161), and the
 * day is one of the property's own zone.
 */
const history = { reach: `from ${earliest}`, first: '30d', settle: '3d', zone: 'account' } as const;

export function measurementOf(report: ReportSettings): ReportMeasurement {
  const tags = Object.fromEntries(report.dimensions.map((one) => [one.tag, `\`${one.name}\`, as Google Analytics tells it.`]));
  const fields = Object.fromEntries(report.metrics.map((metric) => [metric.field, fieldOf(metric.name)]));
  const isMoney = report.metrics.some((metric) => mayBeMoney(metric.name));
  const by = ['day', ...report.dimensions.map((one) => `\`${one.name}\``)].join(' and ');
  const hasUsers = report.metrics.some((metric) => /users$/i.test(metric.name));
  const caution = hasUsers ? ' Users must not be added up: one may be in several rows.' : '';
  return measurement(`google_analytics_${report.name}`, {
    help: `The report ${report.name} of a GA4 property, by ${by}.${caution}`,
    time: 'day',
    tags: { property: 'The number of the GA4 property.', ...tags },
    fields: { ...fields, ...(isMoney && { currency: name('ISO 4217: what amounts of money in this row are in.') }) },
    history,
  });
}
