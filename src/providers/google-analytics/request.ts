import type { ReportSettings } from './settings.ts';
import { type FilterExpression, filterOf } from './where.ts';

/** Calendar dates of the property, both inclusive: `2026-11-21`. */
export interface Dates {
  readonly from: string;
  readonly to: string;
}

/** https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/batchRunReports#RunReportRequest */
export interface RunReportRequest {
  readonly dimensions: readonly { readonly name: string }[];
  readonly metrics: readonly { readonly name: string }[];
  readonly dateRanges: readonly { readonly startDate: string; readonly endDate: string }[];
  readonly dimensionFilter?: FilterExpression;
  readonly orderBys: readonly { readonly dimension: { readonly dimensionName: string } }[];
  readonly offset: number;
  readonly limit: number;
  readonly keepEmptyRows: boolean;
  readonly returnPropertyQuota: true;
}

/** Reports in one batch. https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/batchRunReports */
export const mostInBatch = 5;
/** Rows on a page: so many that five full pages of the widest reports are a body that the engine still takes. */
export const pageRows = 10_000;

/** One page of a report. In the order of all its dimensions, so that no row changes its page between two requests. */
export function requestOf(
  report: ReportSettings,
  dates: Dates,
  page: { readonly offset: number; readonly limit: number },
): RunReportRequest {
  const dimensions = [{ name: 'date' }, ...report.dimensions.map(({ name }) => ({ name }))];
  const dimensionFilter = filterOf(report.where);
  return {
    dimensions,
    metrics: report.metrics.map(({ name }) => ({ name })),
    dateRanges: [{ startDate: dates.from, endDate: dates.to }],
    ...(dimensionFilter && { dimensionFilter }),
    orderBys: dimensions.map(({ name }) => ({ dimension: { dimensionName: name } })),
    offset: page.offset,
    limit: page.limit,
    keepEmptyRows: report.keepEmpty,
    returnPropertyQuota: true,
  };
}

/** Google refuses earlier dates. https://github.com/estuary/connectors/pull/2736 */
export const earliest = '2015-08-14';

/** The dates of a window; undefined where there is none that Google tells of. */
export function datesOf(window: { readonly from: Date; readonly to: Date }): Dates | undefined {
  const from = dateText(window.from);
  const to = dateText(new Date(window.to.getTime() - 1));
  if (to < from || to < earliest) return undefined;
  return { from: from < earliest ? earliest : from, to };
}

/** `2026-11-21` of 00:00Z to 24:00Z on it. */
function dateText(time: Date): string {
  return time.toISOString().slice(0, 10);
}
