// The baseline of one measurement: the same points into the same store by a plain loop. Arguments as for engine.ts.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { seriesKey } from '../src/sdk/point.ts';
import { tell } from './child.ts';
import { numbers, point } from './world.ts';

const [type = '', text = '', dir = '', url = ''] = process.argv.slice(2);
const count = Number(text);
const started = performance.now();
if (type === 'sqlite') await intoSqlite();
else if (type === 'file') intoFile();
else if (type === 'prometheus') await intoPrometheus();
else if (type === 'postgres') await intoPostgres();
else if (type === 'kafka') await intoKafka();
else await intoInfluxdb();
tell({ ms: performance.now() - started });

/** The same upsert, pragmas and 1,000 rows a transaction as the sink's. */
async function intoSqlite(): Promise<void> {
  const { DatabaseSync } = await import('node:sqlite');
  const { createTable, upsert } = await import('../src/sinks/sqlite/sql.ts');
  const db = new DatabaseSync(`${dir}/plain.db`, { timeout: 100 });
  db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -65536');
  const table = { name: 'numbers', tags: ['repo', 'part'], fields: numbers.fields };
  db.exec(createTable(table));
  const statement = db.prepare(upsert(table));
  const keys = new Map<string, string>();
  const now = new Date().toISOString();
  for (let index = 0; index < count; index++) {
    if (index % 1000 === 0) db.exec('begin immediate');
    const { tags, fields, time } = point(index);
    const key = keys.get(tags.repo as string) ?? seriesKey('numbers', tags);
    keys.set(tags.repo as string, key);
    const { a, b, c, d, e } = fields as Record<string, number>;
    statement.run(
      key,
      time.toISOString(),
      tags.repo as string,
      tags.part as string,
      a as number,
      b as number,
      c as number,
      d as number,
      e as number,
      'run',
      now,
      0,
    );
    if (index % 1000 === 999 || index === count - 1) db.exec('commit');
  }
  db.close();
}

/** Lines of the same form, 5,000 at a time, on disk after each. */
function intoFile(): void {
  const file = openSync(`${dir}/plain.ndjson`, 'a');
  const now = new Date();
  let lines = '';
  for (let index = 0; index < count; index++) {
    lines += `${JSON.stringify({ ...point(index), runId: 'run', collectedAt: now, provisional: false })}\n`;
    if (index % 5000 !== 4999 && index !== count - 1) continue;
    writeSync(file, lines);
    fsyncSync(file);
    lines = '';
  }
  closeSync(file);
}

/** The official client, one flush for each 5,000 lines. */
async function intoInfluxdb(): Promise<void> {
  const { InfluxDB } = await import('@influxdata/influxdb-client');
  const client = new InfluxDB({ url, token: 'a-token-for-the-benchmark' });
  const api = client.getWriteApi('kpi', 'kpi', 'ms', { maxRetries: 0, batchSize: 5001, flushInterval: 0 });
  let lines: string[] = [];
  for (let index = 0; index < count; index++) {
    const { tags, fields, time } = point(index);
    const { a, b, c, d, e } = fields;
    lines.push(`numbers,part=${tags.part},repo=${tags.repo} a=${a},b=${b},c=${c},d=${d},e=${e} ${time.getTime()}`);
    if (index % 5000 !== 4999 && index !== count - 1) continue;
    api.writeRecords(lines);
    await api.flush();
    lines = [];
  }
  await api.close();
}

/** Protobuf written straight into a buffer, a `TimeSeries` for each field of each series, packed, one request for each 2,000 points. */
async function intoPrometheus(): Promise<void> {
  const { createCompressor } = await import('../src/sinks/prometheus/snappy.ts');
  const compressor = createCompressor();
  const bytes = new Uint8Array(8 * 2 ** 20);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const length = (value: number) => {
    let left = value;
    for (; left > 127; left = Math.floor(left / 128)) bytes[at++] = (left % 128) | 128;
    bytes[at++] = left;
  };
  const label = (name: string, value: string) => {
    const [key, text] = [Buffer.from(name), Buffer.from(value)];
    return Buffer.concat([Buffer.from([10, key.length + text.length + 4, 10, key.length]), key, Buffer.from([18, text.length]), text]);
  };
  const names = ['a', 'b', 'c', 'd', 'e'] as const;
  const labels = new Map<string, readonly Buffer[]>();
  let waiting = new Map<string, { readonly fields: Record<string, number>; readonly time: number }[]>();
  for (let index = 0; index < count; index++) {
    const { tags, fields, time } = point(index);
    const series = `${tags.part} ${tags.repo}`;
    if (!labels.has(series)) {
      const own = Buffer.concat([label('part', tags.part as string), label('repo', tags.repo as string)]);
      labels.set(
        series,
        names.map((name) => Buffer.concat([label('__name__', `numbers_${name}`), own])),
      );
    }
    const known = waiting.get(series);
    const one = { fields: fields as Record<string, number>, time: time.getTime() };
    if (known) known.push(one);
    else waiting.set(series, [one]);
    if (index % 2000 !== 1999 && index !== count - 1) continue;
    at = 0;
    for (const [column, name] of names.entries()) {
      for (const [of, points] of waiting) {
        const own = (labels.get(of) as readonly Buffer[])[column] as Buffer;
        bytes[at++] = 10;
        // A time of these years takes six bytes.
        length(own.length + points.length * 18);
        bytes.set(own, at);
        at += own.length;
        for (const { fields: values, time: stamp } of points) {
          bytes[at++] = 18;
          bytes[at++] = 16;
          bytes[at++] = 9;
          view.setFloat64(at, values[name] as number, true);
          at += 8;
          bytes[at++] = 16;
          length(stamp);
        }
      }
    }
    waiting = new Map();
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    };
    const answer = await fetch(`${url}/api/v1/write`, { method: 'POST', headers, body: compressor.compress(bytes, at) });
    if (answer.status !== 204) throw new Error(`the server answered ${answer.status}`);
    await answer.arrayBuffer();
  }
}

/** The driver and its own arrays: one `insert … select from unnest(…) on conflict do update` for each 5,000 rows, into a table of the same form. */
async function intoPostgres(): Promise<void> {
  const { Client } = await import('pg');
  const { createTable } = await import('../src/sinks/postgres/sql.ts');
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('drop schema if exists plain cascade; create schema plain');
  await client.query(createTable('plain', { name: 'numbers', tags: ['part', 'repo'], fields: numbers.fields }, false));
  const columns = ['series', 'time', 'part', 'repo', 'a', 'b', 'c', 'd', 'e', 'run_id', 'collected_at', 'provisional'];
  const types = ['text', 'timestamptz', 'text', 'text', 'float8', 'float8', 'float8', 'float8', 'float8', 'text', 'timestamptz', 'bool'];
  const sql = `insert into plain.numbers (${columns.join(', ')}) select * from unnest(${types.map((type, index) => `$${index + 1}::${type}[]`).join(', ')})
    on conflict (series, time) do update set ${columns.slice(4).map((column) => `${column} = excluded.${column}`)}`;
  const keys = new Map<string, string>();
  const now = new Date().toISOString();
  let values: unknown[][] = columns.map(() => []);
  for (let index = 0; index < count; index++) {
    const { tags, fields, time } = point(index);
    const key = keys.get(tags.repo as string) ?? seriesKey('numbers', tags);
    keys.set(tags.repo as string, key);
    const { a, b, c, d, e } = fields;
    const row = [key, time.toISOString(), tags.part, tags.repo, a, b, c, d, e, 'run', now, false];
    for (let column = 0; column < row.length; column++) values[column]?.push(row[column]);
    if (index % 5000 !== 4999 && index !== count - 1) continue;
    await client.query(sql, values);
    values = columns.map(() => []);
  }
  await client.end();
}

/** The same messages, 2,000 at a time, acknowledged by all replicas. */
async function intoKafka(): Promise<void> {
  const { Admin, Producer } = await import('@platformatic/kafka');
  const options = { clientId: 'plain', bootstrapBrokers: [url], retries: 5 };
  const topic = basename(dir);
  const admin = new Admin(options);
  await admin.createTopics({ topics: [topic], partitions: 3 });
  await admin.close();
  const producer = new Producer(options);
  const keys = new Map<string, Buffer>();
  const headers = new Map(
    ['format', 'run-id', 'collected-at', 'provisional', 'measurement-hash'].map((name) => [
      Buffer.from(`kpi-${name}`),
      Buffer.from(name === 'collected-at' ? new Date().toISOString() : 'word'),
    ]),
  );
  let messages: { topic: string; key: Buffer; value: Buffer; headers: Map<Buffer, Buffer> }[] = [];
  for (let index = 0; index < count; index++) {
    const one = point(index);
    const key = keys.get(one.tags.repo as string) ?? Buffer.from(seriesKey('numbers', one.tags));
    keys.set(one.tags.repo as string, key);
    messages.push({ topic, key, value: Buffer.from(JSON.stringify(one)), headers });
    if (index % 2000 !== 1999 && index !== count - 1) continue;
    await producer.send({ messages, acks: -1 });
    messages = [];
  }
  await producer.close();
}
