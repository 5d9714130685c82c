import { Client } from 'pg';
import type { FieldValue, Measurement } from '../../../src/sdk/index.ts';
import type { SinkPlace, StoredRow } from '../../../src/testing/contract/sink.ts';
import { entryOf } from '../../../src/testing/contract/sink.ts';
import { startProxy } from './proxy.ts';

/** An administrator's connection, past the sink and past any pooler. */
export async function connected(address: string): Promise<Client> {
  const client = new Client({ connectionString: address });
  await client.connect();
  return client;
}

let places = 0;

/** A schema of its own, spoken to at `address`, which may be a pooler's; `admin` reads and removes it. */
export async function startPlace(admin: Client, address: string, own: object = {}): Promise<SinkPlace> {
  const url = new URL(address);
  const proxy = await startProxy(url.hostname, Number(url.port));
  url.port = String(proxy.port);
  const schema = `place_${process.pid}_${++places}`;
  return {
    settings: { url: url.href, schema, ...own },
    read: () => readAll(admin, schema),
    interrupt: () => proxy.cut(),
    async refuse() {
      const now = new Date('2026-11-21T20:00:00.000Z');
      const entries = ['state', 'title'].map((field) => entryOf({ fields: { [field]: 'a\0b' }, time: now, collectedAt: now }));
      return { measurements: [], entries, reason: /holds the character U\+0000, which PostgreSQL cannot hold/ };
    },
    async close() {
      await proxy.close();
      await drop(admin, schema);
    },
  };
}

export async function drop(admin: Client, schema: string): Promise<void> {
  await admin.query(`drop schema if exists ${schema} cascade`);
  for (const group of ['writer', 'reader']) await admin.query(`drop role if exists ${schema}_${group}`);
}

/** All rows of all measurements of a schema, in the words of a point. */
async function readAll(admin: Client, schema: string): Promise<readonly StoredRow[]> {
  const { rows: there } = await admin.query('select to_regclass($1) is not null as there', [`${schema}.kpi_measurement`]);
  if (!there[0].there) return [];
  const all: StoredRow[] = [];
  const { rows: stored } = await admin.query(`select name, declaration, tags from ${schema}.kpi_measurement`);
  for (const { name, declaration, tags: names } of stored) {
    const { rows } = await admin.query(`select * from ${schema}."${name}"`);
    for (const row of rows) {
      const tags = Object.fromEntries(names.filter((tag: string) => row[tag] !== '').map((tag: string) => [tag, row[tag]]));
      const fields: Record<string, FieldValue> = {};
      for (const field of Object.keys((declaration as Measurement).fields)) {
        const value = row[field];
        if (value !== null) fields[field] = value instanceof Date ? value.toISOString() : value;
      }
      const { time, run_id: runId, collected_at: collectedAt, provisional } = row;
      all.push({ measurement: name, tags, fields, time, runId, collectedAt, provisional });
    }
  }
  return all;
}
