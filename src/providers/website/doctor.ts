import { readAuthority } from '../../protocols/tls/authority.ts';
import type { ProviderContext } from '../../sdk/context.ts';
import { messageOf } from '../../sdk/errors.ts';
import type { Finding } from '../../sdk/provider.ts';
import type { Break, Order, Outcome } from './order.ts';
import { openProber } from './prober.ts';
import type { Settings, Site } from './schema.ts';
import { nameOf, openSources } from './sources.ts';

/** Sites that are asked, one after another: enough to see whether this machine reaches any. */
const mostSites = 5;
const mostMs = 5000;
const slackMs = 5000;

const words: Readonly<Record<Break, string>> = {
  dns: 'is not known to DNS',
  refused: 'refuses the connection',
  reset: 'breaks the connection',
  timeout: 'does not answer in time',
  tls: 'has a certificate that is not trusted',
  'certificate-expired': 'has a certificate whose time is over',
  redirect: 'redirects without end',
};

/**
 * Whether the authorities can be read, and this machine reaches the first sites. They are asked by HEAD, without headers and bodies of
 * the config, and no redirect is followed: nothing is done that a POST might do, and any answer is well. It makes no point. A site that is
 * down is a warning at most, also where it is the only one: a run tells it as data, and is well.
 */
export async function* check(settings: Settings, context: ProviderContext): AsyncGenerator<Finding> {
  const { timeout } = settings;
  const sites = [...settings.sites];
  for await (const { finding, found } of sourcesOf(settings, context)) {
    yield finding;
    sites.push(...found);
  }
  const authorities = await authoritiesOf(sites, context);
  yield* authorities.findings;
  const asked = sites.slice(0, mostSites);
  if (asked.length === 0) return;
  const prober = openProber(1);
  const away: string[] = [];
  try {
    for (const site of asked) {
      const order = orderOf(site, Math.min(timeout, mostMs), authorities.of(site));
      const what = `the look at ${site.site}`;
      const outcome: Outcome = await context.attempt((one) => prober.check(order, one.signal), {
        timeoutMs: order.timeoutMs + slackMs,
        what,
      });
      if (outcome.broke) away.push(`${site.site} ${words[outcome.broke]}`);
    }
  } finally {
    await prober.close();
  }
  const most = sites.length > asked.length ? ` (the first ${asked.length} of ${sites.length} were asked)` : '';
  if (away.length === 0) {
    yield {
      check: 'access',
      status: 'ok',
      message: `${asked.length === 1 ? 'the site answers' : `all ${asked.length} sites answer`}${most}`,
    };
    return;
  }
  const all = away.length === asked.length;
  yield {
    check: 'access',
    status: 'warning',
    message: `${away.join('; ')}${most}`,
    mend: all
      ? 'check this machine\'s DNS and network, and the addresses in "sites"; sites that are down are told by their points'
      : 'correct the address in "sites"; a site that is down is told by its points',
  };
}

/** Reads each source, as a run would. */
async function* sourcesOf(settings: Settings, context: ProviderContext) {
  const sources = openSources(settings, new Map(settings.sites.map((site) => [site.site, site])));
  for (const index of settings.sitesFrom.keys()) {
    const name = nameOf(settings.sitesFrom, index);
    try {
      const { sites, problems, notices } = await sources.load(index, context);
      const [first] = [...problems, ...notices];
      const more = problems.length + notices.length - 1;
      const rest = first && `; ${first.item}: ${first.message}${more > 0 ? `; and ${more} more` : ''}`;
      const message = `${name}: ${sites.length} ${sites.length === 1 ? 'site' : 'sites'} to check${rest ?? ''}`;
      const finding: Finding = first ? { check: 'sources', status: 'warning', message, mend } : { check: 'sources', status: 'ok', message };
      yield { finding, found: sites };
    } catch (error) {
      // A source that cannot be read keeps none of the others from being looked at.
      context.signal.throwIfAborted();
      yield { finding: { check: 'sources', status: 'error', message: messageOf(error), mend } satisfies Finding, found: [] };
    }
  }
}

const mend = 'correct it, or its entry in "sitesFrom"';

async function authoritiesOf(sites: readonly Site[], context: ProviderContext) {
  const texts = new Map<string, string>();
  const failures = new Map<string, string>();
  for (const path of new Set(sites.flatMap((site) => site.ca ?? []))) {
    try {
      texts.set(path, await readAuthority(context.resolve(path)));
    } catch (error) {
      failures.set(path, messageOf(error));
    }
  }
  // A site without its authorities has no point: where no site has one, a run brings nothing.
  const status = sites.every(({ ca = [] }) => ca.some((path) => failures.has(path))) ? 'error' : 'warning';
  const mend = 'correct "ca", or put the PEM file there';
  const findings: Finding[] = [...failures.values()].map((message) => ({ check: 'authorities', status, message, mend }));
  if (texts.size > 0) findings.push({ check: 'authorities', status: 'ok', message: `${texts.size} PEM files can be read` });
  return { findings, of: ({ ca }: Site) => ca?.flatMap((path) => texts.get(path) ?? []).join('\n') || undefined };
}

function orderOf({ url }: Site, timeoutMs: number, ca: string | undefined): Order {
  const headers = { accept: '*/*', 'user-agent': 'kpi (website check)' };
  return {
    url,
    method: 'HEAD',
    headers,
    ownHeaders: {},
    body: undefined,
    status: ['2xx', '3xx'],
    redirects: 0,
    timeoutMs,
    ca,
    wantsBody: false,
  };
}
