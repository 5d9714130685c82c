import type { Transport } from '@influxdata/influxdb-client';
import { AnswerError } from './answer.ts';
import type { Connection } from './connection.ts';

/** Sends lines to `/api/v2/write`, which all three servers know. */
export interface Writer {
  /** Resolves when the server says that all are stored. Rejects with an `AnswerError`, or when no answer came. */
  write(lines: readonly string[]): Promise<void>;
}

/**
 * The official client, without its batching and its retry: with them it resolves while lines are lost, and reads the seconds of
 * `Retry-After` as milliseconds. https://github.com/influxdata/influxdb-client-js/issues/1017
 */
export async function openWriter(connection: Connection): Promise<Writer> {
  const { where, settings } = connection;
  const { InfluxDB } = await import('@influxdata/influxdb-client');
  const client = new InfluxDB({ url: where, transport: transportOver(connection) });
  return {
    async write(lines) {
      const api = client.getWriteApi(settings.org ?? '', settings.bucket ?? '', 'ms', {
        // One more than there is, and of any size: nothing is sent before `flush`, whose outcome is awaited.
        batchSize: 2,
        maxBatchBytes: Number.MAX_SAFE_INTEGER,
        flushInterval: 0,
        maxRetries: 0,
        // Answering with a promise keeps the client from writing to the console.
        writeFailed: (error) => Promise.reject(error),
      });
      // As one record: the client counts the bytes of each, which takes longer than all the rest that it does.
      api.writeRecord(lines.join('\n'));
      await api.flush();
    },
  };
}

/** The client's requests over the connection: through the environment's proxy, bounded in time, and ended with the run. */
function transportOver(connection: Connection): Transport {
  return {
    send(path, body, _options, callbacks) {
      connection
        .ask('POST', path, body)
        .then((answer) => {
          if (answer.status !== 204) throw new AnswerError(answer);
          callbacks?.responseStarted?.({}, 204);
          callbacks?.complete?.();
        })
        .catch((error) => callbacks?.error?.(error));
    },
    request: unused,
    iterate: unused,
    chunkCombiner: { concat: unused, toUtf8String: unused, copy: unused },
  };
}

/** Parts of the client that only queries use. */
function unused(): never {
  throw new TypeError('this client only writes');
}
