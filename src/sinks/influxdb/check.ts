import type { Finding, SinkContext } from '../../sdk/index.ts';
import { AnswerError, bucketOf, errorOf, nameOf } from './answer.ts';
import { type Connection, connectionTo } from './connection.ts';
import { statusOf } from './init.ts';
import type { Settings } from './settings.ts';
import { openWriter } from './writer.ts';

const measurement = 'kpi_doctor';
const dayMs = 86_400_000;

/**
 * Whether points can be written. InfluxDB 2: one is written, read where the token may, and deleted. InfluxDB 3 deletes no rows
 * (https://docs.influxdata.com/influxdb3/core/reference/), and VictoriaMetrics only whole series: there nothing is written.
 */
export async function* check(settings: Settings, context: SinkContext): AsyncGenerator<Finding> {
  const connection = connectionTo(settings, context);
  const missing = await statusOf(settings, context);
  for (const message of missing.problems) {
    const mend = `kpi db init --sinks ${context.instance}`;
    yield { check: 'access', status: 'error', message: message.replace(/: run kpi db init$/, ''), mend };
  }
  if (missing.problems.length > 0) return;
  if (settings.server === 'influxdb2') yield* roundTrip(connection);
  else if (settings.server === 'influxdb3')
    yield {
      check: 'access',
      status: 'ok',
      message: `${nameOf(settings)} takes the token and misses nothing; no point was written, since it deletes none`,
    };
  else yield await emptyWrite(connection);
}

async function* roundTrip(connection: Connection): AsyncGenerator<Finding> {
  const { settings } = connection;
  const time = connection.now();
  const probe = time.getTime().toString(36);
  await send(connection, [`${measurement},probe=${probe} value=1 ${time.getTime()}`]);
  const isRead = await reads(connection, probe, time);
  if (isRead === false) {
    const mend = `see whether ${bucketOf(settings)} keeps points of now: influx bucket list --name ${settings.bucket}`;
    yield { check: 'access', status: 'error', message: `a point was written to ${bucketOf(settings)}, and cannot be found there`, mend };
  }
  const isRemoved = await removes(connection, probe, time);
  const read = isRead === undefined ? ' (not read: the token may only write)' : ', read';
  if (!isRemoved) {
    const mend = `remove it: influx delete --bucket ${settings.bucket} --start 1970-01-01T00:00:00Z --stop 2100-01-01T00:00:00Z --predicate '_measurement="${measurement}"'`;
    yield { check: 'access', status: 'warning', message: `a point was written${read}, and could not be deleted`, mend };
  } else if (isRead !== false) {
    yield { check: 'access', status: 'ok', message: `a point was written${read} and deleted` };
  }
}

/** Throws what the server's refusal means. */
async function send(connection: Connection, lines: readonly string[]): Promise<void> {
  const writer = await openWriter(connection);
  try {
    await writer.write(lines);
  } catch (error) {
    throw error instanceof AnswerError ? errorOf(error.answer, connection) : error;
  }
}

/** Undefined where the token may not read. https://docs.influxdata.com/influxdb/v2/api/query-data/ */
async function reads(connection: Connection, probe: string, time: Date): Promise<boolean | undefined> {
  const { org = '', bucket = '' } = connection.settings;
  const query = [
    `from(bucket: ${JSON.stringify(bucket)})`,
    `range(start: ${new Date(time.getTime() - dayMs).toISOString()}, stop: ${new Date(time.getTime() + dayMs).toISOString()})`,
    `filter(fn: (r) => r._measurement == "${measurement}" and r.probe == "${probe}")`,
  ].join(' |> ');
  const answer = await connection.ask('POST', `/api/v2/query?${new URLSearchParams({ org })}`, JSON.stringify({ query, type: 'flux' }));
  // A token without the right to read a bucket is told that there is none.
  if ([401, 403, 404].includes(answer.status)) return undefined;
  if (answer.status !== 200) throw errorOf(answer, connection);
  return answer.body.includes(probe);
}

/** https://docs.influxdata.com/influxdb/v2/api/delete/ */
async function removes(connection: Connection, probe: string, time: Date): Promise<boolean> {
  const { org = '', bucket = '' } = connection.settings;
  const body = {
    start: new Date(time.getTime() - dayMs).toISOString(),
    stop: new Date(time.getTime() + dayMs).toISOString(),
    predicate: `_measurement="${measurement}" AND probe="${probe}"`,
  };
  const answer = await connection.ask('POST', `/api/v2/delete?${new URLSearchParams({ org, bucket })}`, JSON.stringify(body));
  return answer.status === 204;
}

/** No line at all, which VictoriaMetrics answers as it does a write (tried with 1.79.5). */
async function emptyWrite(connection: Connection): Promise<Finding> {
  const answer = await connection.ask('POST', '/api/v2/write?precision=ms', '');
  if (answer.status !== 204) throw errorOf(answer, connection);
  return { check: 'access', status: 'ok', message: `${nameOf(connection.settings)} takes writes; none was left there` };
}
