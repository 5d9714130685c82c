import type { Setup } from '../../sdk/index.ts';

/** What `kpi init` asks for PostgreSQL. */
export const setup: Setup = {
  questions: [{ setting: 'schema', ask: 'PostgreSQL: the schema for the tables', default: 'kpi' }],
  secrets: [
    {
      setting: 'url',
      variable: 'DATABASE_URL',
      what: 'the address of the database, as postgres://USER:PASSWORD@HOST/DATABASE',
      scope: 'to write to the tables of the schema; for `kpi db init`, which makes them, to create a schema too',
      url: 'https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS',
    },
  ],
};
