import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { durationMs, type Finding, formatDuration, isNextError, messageOf, type SinkContext } from '../../sdk/index.ts';
import { errorOf, jsonOf, readAnswer, wordsOf } from './answer.ts';
import { type Connection, connectionTo, request } from './connection.ts';
import type { RunHealth, Settings } from './settings.ts';
import { createCompressor } from './snappy.ts';

/** Whether samples can be written, without writing one, since none can be taken back; and what the server says of its window. */
export async function* check(settings: Settings, context: SinkContext): AsyncGenerator<Finding> {
  const connection = connectionTo(settings, context);
  // A request without a series is checked as any other, and leaves nothing.
  const answer = await connection.write(createCompressor().compress(new Uint8Array(0), 0));
  if (readAnswer(answer, connection).kind !== 'stored') throw errorOf(answer, connection);
  const canAsk = await answersQuestions(connection);
  const read = canAsk ? '' : '; it answers no question, so what it refuses as out of order is told by its words alone';
  yield { check: 'access', status: 'ok', message: `${connection.where} takes writes; none was left there${read}` };
  if (settings.server === 'prometheus') yield* windowFound(settings, connection);
  if (settings.runHealth) yield await healthFound(settings.runHealth, settings, context);
}

async function answersQuestions(connection: Connection): Promise<boolean> {
  const answer = await connection.ask('query', { query: 'vector(1)' });
  return answer?.status === 200 && jsonOf(answer.body)?.status === 'success';
}

/** Prometheus tells its configuration; the others do not. https://prometheus.io/docs/prometheus/latest/querying/api/#config */
async function* windowFound({ outOfOrderWindow }: Settings, connection: Connection): AsyncGenerator<Finding> {
  const answer = await connection.ask('status/config');
  const yaml = answer?.status === 200 ? (jsonOf(answer.body)?.data as { readonly yaml?: unknown } | undefined)?.yaml : undefined;
  if (typeof yaml !== 'string') return;
  const there = promDurationMs(/^\s*out_of_order_time_window:\s*(\S+)/m.exec(yaml)?.[1] ?? '0s');
  const asked = durationMs(outOfOrderWindow) ?? 0;
  if (there === undefined || there === asked) return;
  if (there < asked) {
    const mend = `set storage.tsdb.out_of_order_time_window: ${outOfOrderWindow} in prometheus.yml, or a smaller "outOfOrderWindow" here`;
    const message = `the server takes points of the last ${formatDuration(there)} in any order, not of the last ${outOfOrderWindow}: older ones are rejected`;
    yield { check: 'window', status: 'warning', message, mend };
    return;
  }
  const message = `the server's out_of_order_time_window is ${formatDuration(there)}; what is older than "outOfOrderWindow" is skipped all the same`;
  yield { check: 'window', status: 'ok', message };
}

const unitMs: Readonly<Record<string, number>> = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

/** `90d`, `12w6d`, `1h30m`. https://prometheus.io/docs/prometheus/latest/configuration/configuration/ */
export function promDurationMs(text: string): number | undefined {
  if (!/^(\d+(y|w|d|h|ms|m|s))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)(y|w|d|h|ms|m|s)/g)].reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitMs[unit] ?? 0), 0);
}

async function healthFound(to: RunHealth, { timeout }: Settings, context: SinkContext): Promise<Finding> {
  if ('textfile' in to) return await textfileFound(to.textfile, context);
  const mend = 'start the Pushgateway, or correct "runHealth"';
  const url = new URL(to.pushgateway);
  const base = (url.origin + url.pathname).replace(/\/+$/, '');
  try {
    const answer = await request({ method: 'GET', url: `${base}/-/ready` }, timeout, context);
    if (answer.status === 200) return { check: 'run health', status: 'ok', message: `the Pushgateway at ${base} is ready` };
    return { check: 'run health', status: 'error', message: `${base} answered ${answer.status}: ${wordsOf(answer)}`, mend };
  } catch (error) {
    if (!isNextError(error)) throw error;
    return { check: 'run health', status: 'error', message: messageOf(error), mend };
  }
}

async function textfileFound(path: string, context: SinkContext): Promise<Finding> {
  const folder = dirname(context.resolve(path));
  try {
    await access(folder, constants.W_OK);
    return { check: 'run health', status: 'ok', message: `${basename(path)} can be written to ${folder}` };
  } catch (error) {
    const message = `${path} cannot be written: ${messageOf(error)}`;
    return { check: 'run health', status: 'error', message, mend: `make the folder ${folder}, and let kpi write to it` };
  }
}
