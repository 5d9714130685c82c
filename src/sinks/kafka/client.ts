import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { BaseOptions, SASLOptions } from '@platformatic/kafka';
import { durationMs, isNextError, PermanentError, type SinkContext, TransientError } from '../../sdk/index.ts';
import { meaningOf } from './failure.ts';
import type { Settings } from './settings.ts';

/** The client library, loaded where it is first needed. */
type Library = typeof import('@platformatic/kafka');

/** What all of this sink's clients have in common. */
export interface Cluster {
  readonly settings: Settings;
  readonly library: Library;
  readonly options: BaseOptions;
  readonly timeoutMs: number;
  /** The call's answer, no later than the deadline; else an error that says what happens next. */
  ask<Answer>(what: string, client: Client, call: () => Promise<Answer>, limitMs?: number): Promise<Answer>;
}

/** What is used of a client of the library. */
export interface Client {
  readonly connections: Iterable<readonly [string, { readonly socket?: { destroy(): unknown } | undefined }]>;
  readonly currentMetadata: unknown;
}

/** How long a client may take to say goodbye. */
const closeMs = 1000;
/** What a connection may take at most: an address that swallows everything is not waited for longer. */
const connectMs = 5000;

/** Loads the library, and reads what the settings name. Connects to nothing. */
export async function clusterOf(settings: Settings, context: Pick<SinkContext, 'resolve' | 'signal'>): Promise<Cluster> {
  const library = await import('@platformatic/kafka');
  const timeoutMs = durationMs(settings.timeout) as number;
  const tls = settings.tls ? await tlsOf(settings, context) : undefined;
  const options: BaseOptions = {
    clientId: settings.clientId,
    bootstrapBrokers: [...settings.brokers],
    connectTimeout: Math.min(connectMs, timeoutMs),
    requestTimeout: timeoutMs,
    timeout: timeoutMs,
    // Tries are the outlet's.
    retries: 0,
    autocreateTopics: false,
    ...(tls && { tls, tlsServerName: namesServer(settings) }),
    ...(settings.sasl !== 'none' && { sasl: saslOf(settings) }),
  };
  return {
    settings,
    library,
    options,
    timeoutMs,
    async ask(what, client, call, limitMs = timeoutMs) {
      const limit = AbortSignal.timeout(limitMs);
      const over = Promise.withResolvers<never>();
      const end = () => over.reject(limit.aborted ? new Late() : context.signal.reason);
      const signal = AbortSignal.any([context.signal, limit]);
      signal.addEventListener('abort', end, { once: true });
      try {
        if (context.signal.aborted) throw new Late();
        const answer = call();
        answer.catch(ignore);
        return await Promise.race([answer, over.promise]);
      } catch (error) {
        if (isNextError(error)) throw error;
        if (context.signal.aborted) throw new TransientError(`${what} was cancelled`, { kind: 'cancelled', cause: error });
        if (error instanceof Late) throw new TransientError(lateWords(what, settings, client), { kind: 'timeout' });
        throw meaningOf(error, { what, settings, knowsCluster: client.currentMetadata !== undefined });
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
  };
}

/** Closes a client, and its sockets whatever it does. Never rejects, and takes no longer than a second. */
export async function closeClient(client: Client, close: () => Promise<unknown>): Promise<void> {
  const sockets = [...client.connections].flatMap(([, { socket }]) => socket ?? []);
  const limit = AbortSignal.timeout(closeMs);
  const over = Promise.withResolvers<void>();
  limit.addEventListener('abort', () => over.resolve(), { once: true });
  // It waits for what is still to be written, to brokers that may read no more.
  const closed = new Promise<unknown>((resolve) => resolve(close())).catch(ignore);
  await Promise.race([closed, over.promise]);
  for (const socket of sockets) socket.destroy();
}

class Late extends Error {}

function lateWords(what: string, { brokers, timeout }: Settings, client: Client): string {
  const who = client.currentMetadata === undefined ? brokers.join(', ') : 'Kafka';
  return `${who} did not answer within ${timeout}: ${what}`;
}

async function tlsOf(settings: Settings, context: Pick<SinkContext, 'resolve'>): Promise<ConnectionOptions> {
  if (settings.ca === undefined) return {};
  const { getCACertificates } = await import('node:tls');
  const path = context.resolve(settings.ca);
  const own = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new PermanentError(`the file of "ca", ${settings.ca}, cannot be read: ${reasonOf(cause)}`, { kind: 'config', cause });
  });
  return { ca: [...getCACertificates('default'), own] };
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'it is no text';
}

/** By its name a server with several certificates knows which to show; an address is no such name. RFC 6066, section 3. */
function namesServer({ brokers }: Settings): boolean {
  return brokers.every((broker) => isIP(broker.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')) === 0);
}

function saslOf({ sasl, username, password }: Settings): SASLOptions {
  const mechanism = sasl.toUpperCase() as 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  return { mechanism, username: username ?? '', password: password?.reveal() ?? '' };
}

function ignore(): void {}
