import { snakeCase } from './metrics.ts';

/**
 * What to ask for in place of a dimension whose values are addresses with their query, or undefined for any other dimension: a query
 * may hold e-mail addresses and tokens. Custom dimensions (`customEvent:page_location`) are told by their names.
 * https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema#dimensions
 */
export function insteadOf(dimension: string): string | undefined {
  const name = snakeCase(dimension.slice(dimension.indexOf(':') + 1));
  if (!/(^|_)(url|uri|href|page_location|referrer|query_string)(_|$)/.test(name)) return undefined;
  if (/^landing_page/.test(name)) return 'landingPage';
  if (/^link_/.test(name)) return 'linkDomain';
  if (/referrer/.test(name)) return 'sessionSource';
  return 'pagePath, and hostName';
}
