import { type Field, gauge, ratio } from '../../sdk/index.ts';

/** Metrics by their names in the Data API. https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema#metrics */
const units: Readonly<Record<string, string>> = {
  active1DayUsers: '{user}',
  active7DayUsers: '{user}',
  active28DayUsers: '{user}',
  activeUsers: '{user}',
  averageSessionDuration: 's',
  engagedSessions: '{session}',
  eventCount: '{event}',
  keyEvents: '{event}',
  newUsers: '{user}',
  returningUsers: '{user}',
  screenPageViews: '{view}',
  screenPageViewsPerSession: '{view}',
  screenPageViewsPerUser: '{view}',
  sessions: '{session}',
  sessionsPerUser: '{session}',
  totalUsers: '{user}',
  userEngagementDuration: 's',
};

/** Parts of a whole: the API tells them as fractions. Rates whose two counts are of different people may exceed 1, and are gauges. */
const ratios: ReadonlySet<string> = new Set([
  'bounceRate',
  'crashFreeUsersRate',
  'dauPerMau',
  'dauPerWau',
  'engagementRate',
  'sessionKeyEventRate',
  'userKeyEventRate',
  'wauPerMau',
]);

/** Counts of events and sums over them: what several rows have of these is theirs together, unlike sessions, users and averages. */
const sums: ReadonlySet<string> = new Set([
  'addToCarts',
  'checkouts',
  'customEvent',
  'ecommercePurchases',
  'eventCount',
  'eventValue',
  'itemRevenue',
  'itemsPurchased',
  'itemsViewed',
  'keyEvents',
  'purchaseRevenue',
  'screenPageViews',
  'totalRevenue',
  'transactions',
  'userEngagementDuration',
]);

/** Whether a metric of two rows may be added up. */
export function isSum(metric: string): boolean {
  return sums.has(metric.split(':', 1)[0] ?? metric);
}

/** The field of a metric. What it means depends on the name alone, so that it never changes. */
export function fieldOf(metric: string): Field<'gauge' | 'ratio'> {
  const help = `\`${metric}\``;
  const base = metric.split(':', 1)[0] ?? metric;
  return ratios.has(base) ? ratio(help) : gauge(units[base], help);
}

/** Whether an amount of money may be among what this metric tells; the answer says whether it is. */
export function mayBeMoney(metric: string): boolean {
  return /revenue|cost|amount|^average(purchase|revenue)|custom|calc/i.test(metric);
}

/** `averageSessionDuration` → `average_session_duration`, `customEvent:levelName` → `custom_event_level_name`. */
export function snakeCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toLowerCase();
}
