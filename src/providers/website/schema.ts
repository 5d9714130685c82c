import { validateHeaderName } from 'node:http';
import { unescape as percentDecoded } from 'node:querystring';
import { z } from 'zod';
import { type Secret, secret } from '../../sdk/secret.ts';
import { durationMs } from '../../sdk/time.ts';
import { addressOf, isAddress } from './address.ts';
import type { StatusRule } from './order.ts';
import { formats } from './source-text.ts';

/** Made from the URL and the body, or about the connection, which is our own. */
const madeHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Never a secret: they go to every origin, and are no words to hide in reports. Each with an example. */
const plainHeaders = {
  Accept: 'text/html',
  'Accept-Encoding': 'gzip',
  'Accept-Language': 'en',
  'Cache-Control': 'no-cache',
  'Content-Type': 'application/json',
  Pragma: 'no-cache',
  'User-Agent': 'our-checks/1.0',
};

const statusRule = z.union([z.int().min(100).max(599), z.string().regex(/^[1-5]xx$/)], {
  error: 'not a status: write a number such as 200, a class such as "2xx", or a list of them',
});

const pattern = z
  .string()
  .min(1)
  .superRefine((source, context) => {
    const problem = patternProblem(source);
    if (problem) context.addIssue({ code: 'custom', message: `not a regular expression: ${problem}` });
  });

const headers = z
  .object(
    Object.fromEntries(
      Object.entries(plainHeaders).flatMap(([name, example]) => {
        const value = z
          .string()
          .optional()
          .describe('sent to every origin; no secret')
          .meta({ examples: [example] });
        return [name, name.toLowerCase()].map((spelt) => [spelt, value]);
      }),
    ),
  )
  .catchall(secret())
  .superRefine((given, context) => {
    for (const name of Object.keys(given)) {
      const message = headerProblem(name);
      if (message) context.addIssue({ code: 'custom', path: [name], message });
    }
  })
  .transform((given): Readonly<Record<string, string | Secret>> => {
    return Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), value]])));
  });

/** One site, as `sites` has it. */
export const site = z
  .strictObject({
    url: z.string().refine(isAddress, 'not an address: write it in full, as in https://example.org/').describe('http:// or https://'),
    name: z.string().trim().min(1).optional().describe('the tag `site`; default: the URL without userinfo and query'),
    match: pattern.optional().describe('a regular expression that the page must hold'),
    absent: pattern.optional().describe('a regular expression that the page must not hold'),
    status: z
      .union([statusRule, z.array(statusRule).min(1)])
      .default('2xx')
      .transform((given): readonly StatusRule[] => (Array.isArray(given) ? given : [given]))
      .describe('what is well: a number, a class such as "2xx", or a list'),
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET').describe('how it is asked'),
    headers: headers.default({}).describe('sent to the first origin only: secrets, but for a few that never are'),
    body: z.string().optional().describe('sent to the first origin only'),
    redirects: z.int().min(0).max(20).default(5).describe('the most that are followed; 0: the redirect is the answer'),
    ca: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
      .transform((given): readonly string[] => (Array.isArray(given) ? given : [given]))
      .optional()
      .describe("PEM files of the authorities to trust instead of the system's"),
    certificateDays: z.int().min(1).max(3650).optional().describe('a certificate that ends in fewer days fails the check'),
  })
  .superRefine(({ method, match }, context) => {
    if (method === 'HEAD' && match !== undefined) {
      context.addIssue({ code: 'custom', path: ['match'], message: 'an answer to HEAD has no page to match: use GET' });
    }
  })
  .transform(({ url, name, headers: given, ...rest }) => {
    const { clean, tag, login } = addressOf(url);
    const all = login ? { authorization: login.authorization, ...given } : given;
    return { ...rest, site: name ?? tag, url: clean, headers: all, password: login?.password };
  });

const timeout = z
  .string()
  .default('10s')
  .refine(isTimeout, 'not a duration from 1s to 1h: write it as in 10s or 1m')
  .transform((text) => durationMs(text) ?? 0);

const source = z.union(
  [
    z.strictObject({
      file: z
        .string()
        .min(1)
        .describe('either this, a file: JSON, CSV whose first line names the columns, or an address a line; relative to the config'),
      format: z
        .enum(formats)
        .optional()
        .describe('how the file is read; default: by its ending, else an address a line')
        .meta({ examples: ['csv'] }),
    }),
    z.strictObject({
      postgres: secret(passwordsIn).describe(
        'or this, the address of a database: postgres://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full',
      ),
      query: z.string().min(1).describe('of the database: one SELECT; its columns are called as those of a CSV file'),
      timeout: timeout.describe('of the query'),
    }),
  ],
  { error: 'neither a file nor a database: write { "file": "…" } or { "postgres": "…", "query": "select …" }' },
);

export const settings = z
  .strictObject({
    sites: z.array(site).default([]).describe('each is checked once a run'),
    sitesFrom: z.array(source).default([]).describe('where more sites stand: files and databases, read at the start of each run'),
    timeout: timeout.describe('of one check, with its redirects and the page'),
    concurrency: z.int().min(1).max(500).default(50).describe('checks at once'),
  })
  .superRefine(({ sites, sitesFrom }, context) => {
    if (sites.length + sitesFrom.length === 0)
      context.addIssue({ code: 'custom', path: ['sites'], message: 'names no site: set "sites" or "sitesFrom"' });
    const first = new Map<string, number>();
    for (const [index, { site: tag }] of sites.entries()) {
      // A site with a mistake of its own has no tag yet.
      if (tag === undefined) continue;
      const other = first.get(tag);
      if (other === undefined) first.set(tag, index);
      else context.addIssue({ code: 'custom', path: ['sites', index], message: twins(tag, other, index) });
    }
  });

export type Settings = z.output<typeof settings>;
export type Site = Settings['sites'][number];
export type Source = Settings['sitesFrom'][number];

/** The password of a database's address, as it stands there and decoded. */
function passwordsIn(address: string): readonly string[] {
  const password = URL.canParse(address) ? new URL(address).password : '';
  return password === '' ? [] : [...new Set([password, percentDecoded(password)])];
}

function isTimeout(text: string): boolean {
  const ms = durationMs(text) ?? 0;
  return ms > 0 && ms <= 3_600_000;
}

function twins(tag: string, first: number, second: number): string {
  return `sites[${first}] and sites[${second}] are both called ${JSON.stringify(tag)}: give one of them another name`;
}

/** Why it is none; undefined when it is one. */
function patternProblem(source: string): string | undefined {
  try {
    new RegExp(source);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : String(error);
  }
}

function headerProblem(name: string): string | undefined {
  if (madeHeaders.has(name.toLowerCase())) return 'this header is made by the check itself';
  try {
    validateHeaderName(name);
    return undefined;
  } catch {
    return 'not a name of a header';
  }
}
