import { snakeCase } from './metrics.ts';

/**
 * What to ask for in place of a dimension whose values are addresses with their query, or undefined for any other dimension: a query
 * may hold e-mail addresses and tokens. Custom dimensions (`customEvent:page_location`) are told by their names, as far as
 * these say it; `withoutQuery` sees to the values of all others.
 * https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema#dimensions
 */
export function insteadOf(dimension: string): string | undefined {
  const name = snakeCase(dimension.slice(dimension.indexOf(':') + 1));
  if (!/(^|_)(url|uri|href|(?:page|document|window)_location|referrer|query_string)(_|$)/.test(name)) return undefined;
  if (/^landing_page/.test(name)) return 'landingPage';
  if (/^link_/.test(name)) return 'linkDomain';
  if (/referrer/.test(name)) return 'sessionSource';
  return 'pagePath, and hostName';
}

/** A user in an address, also in one that stands encoded in another; and without a scheme where the value begins with it. */
const user = /(?<=\/\/|%2f%2f)[^\s/?#]*(?=@|%40)|^[^\s/?#@:]+:[^\s/?#@]+(?=@[^\s/?#@]+\.[a-z]{2,})/gi;
/** `?name=…`, wherever it stands. */
const namedQuery = /(?<=\?|%3f)[^\s=&?]+(?:=|%3d).*$/is;
const address = '(?:\\S*:\\/\\/|\\/|[^\\s/]+\\.[^\\s/]+\\/)';
/** `?…`, where what stands before it is an address: `https://…`, `/…`, `example.org/…`. */
const bareQuery = new RegExp(`(?<=^${address}[^\\s?]*\\?).+$`, 's');
/** `#name=…` of an address: some sites are told their tokens there. */
const fragment = new RegExp(`(?<=^${address}[^\\s#]*#)[^\\s=]*=.*$`, 's');
const bare = new RegExp(`^${address}\\S*(?:[?#]|(?<=//)@\\S*)$`);

/**
 * A value of a dimension as it may stand in a tag: whatever the dimension is called, an address in it has neither a user, nor a query, nor
 * a fragment like one. `isCut`: others may now be like it. The `@`, `?` or `#` stays, so that it is like none that never had a query.
 */
export function withoutQuery(value: string): { readonly text: string; readonly isCut: boolean } {
  const text = value.replaceAll(user, '').replace(namedQuery, '').replace(bareQuery, '').replace(fragment, '');
  return { text, isCut: text !== value || bare.test(value) };
}
