import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { ProviderContext } from '../../sdk/context.ts';
import { messageOf, PermanentError } from '../../sdk/errors.ts';
import type { Session } from '../../sdk/provider.ts';
import { type Found, fieldsOf } from './judge.ts';
import { type Matcher, openMatcher } from './matcher.ts';
import { websiteCheck } from './measurement.ts';
import type { Order, Outcome } from './order.ts';
import { openProber } from './prober.ts';
import type { Settings, Site } from './schema.ts';

/** One site, by its tag. */
export interface Target {
  readonly site: string;
}

/** Makes up for a main thread that is late to take an answer; the check itself is bounded where it is made. */
const slackMs = 30_000;

/** So many at once keep their phases true in one thread; a second thread costs more than it brings below that. */
const checksPerThread = 50;

export function openSession(given: Settings, opening: ProviderContext): Session<Target> {
  const sites = new Map(given.sites.map((site) => [site.site, site]));
  const prober = openProber(Math.ceil(Math.min(given.concurrency, given.sites.length) / checksPerThread));
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

  return {
    async *collect(target, context) {
      const site = sites.get(target.site);
      if (!site) throw new PermanentError(`there is no site ${target.site}`, { kind: 'defect' });
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

/** The certificates in a PEM file. Throws where it holds none. */
export async function readAuthority(file: string): Promise<string> {
  try {
    // A pipe would be waited for, and that cannot be ended.
    if (!(await stat(file)).isFile()) throw new Error('it is no regular file');
    const blocks = (await readFile(file, 'utf8')).match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs);
    if (!blocks) throw new Error('it has no block BEGIN CERTIFICATE');
    for (const block of blocks) new X509Certificate(block); // OpenSSL would pass over what is none
    return blocks.join('\n');
  } catch (error) {
    throw new PermanentError(`${file} holds no PEM certificates to trust: ${messageOf(error)}`, { kind: 'config', cause: error });
  }
}
