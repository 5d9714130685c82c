import { createServer } from 'node:http';
import { ConfigError, messageOf } from '../sdk/errors.ts';
import { UsageError } from './usage-error.ts';

/** What a relay tells of itself, for those who watch it. */
export interface RelayHealth {
  readonly status: 'ok' | 'waiting';
  /** Messages that are not committed yet, of this relay's part; absent while the source is down. */
  readonly lag?: number;
  readonly delivered: number;
  readonly rejected: number;
  /** Why the relay waits, by the name of what is down. */
  readonly down: Readonly<Record<string, string>>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** The address of `--listen`. Throws `UsageError`. */
export function addressOf(text: string): Address {
  const [, bracketed, plain, port = ''] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) throw new UsageError(`--listen takes HOST:PORT, such as 127.0.0.1:8080, not "${text}"`);
  return { host, port: Number(port) };
}

/** Serves `/healthz`: 200 while all is well, else 503. Resolves with the port and what stops it. Throws `ConfigError`. */
export async function serveHealth(
  { host, port }: Address,
  health: () => Promise<RelayHealth>,
): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((request, response) => {
    // Whatever else stands there: a question mark and more is still the same place.
    const isAsked = /^\/healthz(\?|$)/.test(request.url ?? '');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isAsked || !isRead) return void response.writeHead(isAsked ? 405 : 404).end();
    health()
      .then((told) => {
        response.writeHead(told.status === 'ok' ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' });
        response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(told)}\n`);
      })
      .catch(() => response.writeHead(500).end());
  });
  // Whoever asks slowly, or never ends, holds up nothing else.
  server.requestTimeout = 5000;
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const problem = `--listen ${host}:${port}: ${messageOf(error)}`;
      reject(new ConfigError(`${problem}; nothing was started`, [{ path: '--listen', message: messageOf(error) }]));
    });
    server.listen(port, host, resolve);
  });
  server.on('error', () => {});
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
