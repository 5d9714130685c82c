import { z } from 'zod';
import { passwordOf } from '../../protocols/postgres/address.ts';
import { durationMs, secret } from '../../sdk/index.ts';

/** https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS */
export const sslmodes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslmodes)[number];

export const Settings = z
  .strictObject({
    url: secret(passwordOf)
      .optional()
      .describe('postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…; what it does not say is taken from the settings below.'),
    host: z
      .string()
      .min(1)
      .optional()
      .describe('A name, an address, or the folder of a socket. Default: PGHOST, or localhost.')
      .meta({ examples: ['db.example.com'] }),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('Default: PGPORT, or 5432.')
      .meta({ examples: [5432] }),
    user: z
      .string()
      .min(1)
      .optional()
      .describe('Default: PGUSER.')
      .meta({ examples: ['kpi_collect'] }),
    password: secret().optional().describe('Default: PGPASSWORD.'),
    database: z
      .string()
      .min(1)
      .optional()
      .describe("Default: PGDATABASE, or the user's name.")
      .meta({ examples: ['kpi'] }),
    sslmode: z.enum(sslmodes).optional().describe("As PostgreSQL's own clients read it. Default: PGSSLMODE, or prefer."),
    sslrootcert: z
      .string()
      .min(1)
      .optional()
      .describe('A PEM file of the authorities to trust, relative to the config. Default: PGSSLROOTCERT, or those that Node trusts.'),
    schema: z
      .string()
      // The names of its groups of users are at most seven characters longer, and PostgreSQL cuts names at 63.
      .regex(/^(?!pg_)[a-z][a-z0-9_]{0,55}$/, 'must be a name of small letters, digits and _, of at most 56, that does not begin with pg_')
      .default('kpi')
      .describe('Where the tables are.'),
    timescale: z.boolean().default(false).describe('New tables become hypertables of TimescaleDB.'),
    partitions: z.enum(['none', 'month']).default('none').describe('`month`: new tables are partitioned by month.'),
    timeout: z
      .string()
      .refine((text) => isBetween(durationMs(text), 1000, 3_600_000), 'must be a duration from 1s to 1h, such as 20s')
      .default('20s')
      .describe('Of connecting, and of one statement of a run.'),
  })
  .superRefine(({ timescale, partitions }, { addIssue }) => {
    if (timescale && partitions !== 'none')
      addIssue({ code: 'custom', path: ['partitions'], message: 'cannot stand beside "timescale": a hypertable has its own partitions' });
  });
export type Settings = z.output<typeof Settings>;

/** What the settings are where neither the entry nor its `url` says: the variables of PostgreSQL's own clients. */
export const variables = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  database: 'PGDATABASE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
} as const;

function isBetween(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}
