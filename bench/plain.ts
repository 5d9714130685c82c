// The baseline of one measurement: the same points into the same store by a plain loop. Arguments as for engine.ts.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { seriesKey } from '../src/sdk/point.ts';
import { tell } from './child.ts';
import { numbers, point } from './world.ts';

const [type = '', text = '', dir = '', url = ''] = process.argv.slice(2);
const count = Number(text);
const started = performance.now();
if (type === 'sqlite') await intoSqlite();
else if (type === 'file') intoFile();
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
