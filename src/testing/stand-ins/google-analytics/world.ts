import { createHash } from 'node:crypto';

/** A GA4 property of the stand-in. Plain data. */
export interface GaProperty {
  readonly id: string;
  /** Default `America/Los_Angeles`. */
  readonly timeZone?: string;
  /** Default `USD`. */
  readonly currencyCode?: string;
  /** What its dimensions hold, besides the date. `newVsReturning` has new, returning and (not set) where it does not say. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** `2026-11-20`: nothing was recorded on that day. */
  readonly silent?: readonly string[];
  /** Something was recorded, and every metric is 0. */
  readonly zero?: readonly string[];
  /** How often the numbers of a date were revised: each time they are others. */
  readonly again?: Readonly<Record<string, number>>;
  /** Added to the metadata of every report. */
  readonly metadata?: object;
  /** What is left at the start, of the day and of the hour; default 200,000 and 40,000. */
  readonly tokens?: { readonly day?: number; readonly hour?: number };
  /** How many server errors are borne yet in this hour; default 10. */
  readonly serverErrors?: number;
  /** What each report takes; default 8. */
  readonly cost?: number;
}

/** The API's numbers of the types. https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/MetricType */
const types = { integer: 1, float: 2, seconds: 4, standard: 8, currency: 9 } as const;
const known: Readonly<Record<string, keyof typeof types>> = {
  activeUsers: 'integer',
  averageSessionDuration: 'seconds',
  bounceRate: 'float',
  engagedSessions: 'integer',
  engagementRate: 'float',
  eventCount: 'integer',
  newUsers: 'integer',
  purchaseRevenue: 'currency',
  screenPageViews: 'integer',
  screenPageViewsPerSession: 'float',
  sessions: 'integer',
  sessionsPerUser: 'float',
  totalRevenue: 'currency',
  totalUsers: 'integer',
  userEngagementDuration: 'seconds',
};
const dimensions: ReadonlySet<string> = new Set([
  'country',
  'date',
  'deviceCategory',
  'hostName',
  'newVsReturning',
  'pagePath',
  'sessionSource',
]);

export function isDimension(name: string): boolean {
  return dimensions.has(name) || /^custom(Event|User|Item):\w+$/.test(name);
}

/** The number of the metric's type; undefined where there is no such metric. */
export function typeOf(metric: string): number | undefined {
  const type = Object.hasOwn(known, metric) ? known[metric] : /^customEvent:\w+$/.test(metric) ? 'standard' : undefined;
  return type && types[type];
}

/** The values of a dimension at a property. */
export function valuesOf({ values = {} }: GaProperty, dimension: string): readonly string[] {
  return values[dimension] ?? (dimension === 'newVsReturning' ? ['new', 'returning', '(not set)'] : ['one', 'two']);
}

/** What a metric came to, as the API tells it: text. The same each time, until it is revised. */
export function metricText(property: GaProperty, date: string, others: readonly string[], metric: string): string {
  if (property.zero?.includes(date)) return '0';
  const revised = property.again?.[date] === undefined ? [] : [property.again[date]];
  const seed = createHash('sha256')
    .update(JSON.stringify([property.id, date, others, metric, ...revised]))
    .digest()
    .readUInt32BE(0);
  switch (typeOf(metric)) {
    case types.integer:
      return String(1 + (seed % 5000));
    case types.currency:
      return ((seed % 1_000_000) / 100).toFixed(2);
    default:
      return /rate$/i.test(metric) ? ((seed % 10_000) / 10_000).toString() : ((seed % 90_000) / 700).toString();
  }
}

/** The date that a clock in the zone shows. */
export function dateIn(zone: string, now: Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now);
}

/** A property's number for a name, so that no two names share one. */
export function idOf(name: string): string {
  return String(createHash('sha256').update(name).digest().readUIntBE(0, 6));
}
