import { readAuthority } from '../../protocols/tls/authority.ts';
import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import type { Session } from '../../sdk/provider.ts';
import { breathing } from './breathing.ts';
import { type Found, fieldsOf } from './judge.ts';
import { type Matcher, openMatcher } from './matcher.ts';
import { websiteCheck } from './measurement.ts';
import type { Order, Outcome } from './order.ts';
import { openProber } from './prober.ts';
import type { Settings, Site } from './schema.ts';
import { openSources } from './sources.ts';

/** One site, by its tag, with the place in `sitesFrom` where it stands there; or all sites that one source names. */
export type Target = { readonly site: string; readonly from?: number } | { readonly from: number; readonly source: string };

/** Makes up for a main thread that is late to take an answer; the check itself is bounded where it is made. */
const slackMs = 30_000;

/** So many at once keep their phases true in one thread; a second thread costs more than it brings below that. */
const checksPerThread = 50;

export function openSession(given: Settings, opening: ProviderContext): Session<Target> {
  const sites = new Map(given.sites.map((site) => [site.site, site]));
  const sources = openSources(given, sites);
  const mostAtOnce = given.sitesFrom.length > 0 ? given.concurrency : Math.min(given.concurrency, given.sites.length);
  const prober = openProber(Math.ceil(mostAtOnce / checksPerThread));
  const matcher = openMatcher();
  const authorities = new Map<string, Promise<string>>();

  function authority(path: string): Promise<string> {
    const file = opening.resolve(path);
    const read = authorities.get(file) ?? readAuthority(file);
    authorities.set(file, read);
    return read;
  }

  async function trusted(site: Site): Promise<string | undefined> {
    const texts: string[] = [];
    for (const path of site.ca ?? []) texts.push(await authority(path));
    return texts.length === 0 ? undefined : texts.join('\n');
  }

  /** A target may come from an earlier run, in which its source was read. */
  async function siteOf(target: Target, context: ProviderContext): Promise<Site> {
    if (!('site' in target)) throw new PermanentError(`${target.source} is no site`, { kind: 'defect' });
    if (target.from !== undefined && !sites.has(target.site)) await sources.load(target.from, context);
    const site = sites.get(target.site);
    if (!site) throw new PermanentError(`no source names the site ${target.site} any more`, { kind: 'not-found' });
    return site;
  }

  return {
    async expand(target, context) {
      if ('site' in target) return undefined;
      const { from } = target;
      const loaded = await sources.load(from, context);
      for await (const { item, message } of breathing(loaded.problems))
        context.problem(item, new PermanentError(message, { kind: 'config' }));
      for (const { item, message } of loaded.notices) context.notice(item, message);
      return loaded.sites.map(({ site }) => ({ site, from }));
    },
    async *collect(target, context) {
      const site = await siteOf(target, context);
      const order = orderOf(site, given.timeout, await trusted(site));
      let time = context.now();
      const outcome = await context.attempt(
        (one) => {
          time = context.now();
          return prober.check(order, one.signal);
        },
        { timeoutMs: given.timeout + slackMs, what: `the check of ${site.site}` },
      );
      const fields = fieldsOf(site, outcome, await find(site, outcome, matcher, context), time);
      const { up, reason, status } = fields;
      if (!up) {
        // A site that is down is a measurement like another, but whoever reads the report wants to know.
        context.notice(site.site, `is down: ${reason}${status === undefined ? '' : `, answered ${status}`}`);
        context.log.info('a site is down', { site: site.site, reason, status, detail: outcome.detail });
      }
      yield websiteCheck.of({ tags: { site: site.site }, time, fields });
    },
    async close() {
      await prober.close();
      await matcher.close();
    },
  };
}

/** What the site's patterns find on the page that was brought. */
async function find({ match, absent }: Site, { page }: Outcome, matcher: Matcher, { signal }: ProviderContext): Promise<Found> {
  if (!page) return {};
  return {
    match: match === undefined ? undefined : await matcher.test(page, match, signal),
    absent: absent === undefined ? undefined : await matcher.test(page, absent, signal),
  };
}

function orderOf(site: Site, timeoutMs: number, ca: string | undefined): Order {
  const headers: Record<string, string> = { accept: '*/*', 'accept-encoding': 'gzip, deflate, br', 'user-agent': 'kpi (website check)' };
  const ownHeaders: Record<string, string> = {};
  for (const [name, value] of Object.entries(site.headers)) {
    if (typeof value === 'string') headers[name] = value;
    else ownHeaders[name] = value.reveal();
  }
  const { url, method, body, status, redirects } = site;
  const wantsBody = site.match !== undefined || site.absent !== undefined;
  return { url, method, headers, ownHeaders, body, status, redirects, timeoutMs, ca, wantsBody };
}
