import { AsyncLocalStorage } from 'node:async_hooks';
import { type AttemptOptions, PermanentError, type ProviderContext, TransientError, type Try } from '../../sdk/index.ts';
import type { Credentials } from './credentials.ts';
import { RpcError } from './judge.ts';
import type { RunReportRequest } from './request.ts';
import { Batch } from './schema.ts';
import type { Settings } from './settings.ts';

/** A wide report takes Google longer than most answers do, and each try of it takes from the quota. */
export const longestReportMs = 60_000;
/** After which the client gives up a call that nobody waits for any more: not before the try has ended. */
const clientTimeoutMs = longestReportMs + 5000;
/** As the engine's door takes it over HTTP. */
const longestMessageBytes = 64 * 1024 * 1024;

/** The Data API, over one of its transports. */
export interface Connection {
  /** The reports of one batch as the client decoded them, one for each request. */
  run(context: ProviderContext, property: string, requests: readonly RunReportRequest[], what: string): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** One try over HTTP, and what went wrong in it before the client saw an answer. */
interface Present {
  readonly one: Try;
  wrong?: unknown;
}

type Call = Promise<readonly [unknown, ...unknown[]]> & { cancel?(): void };

/** Loads Google's client. It opens no connection by itself. Where a proxy stands before the address, REST is spoken: gRPC knows no way through. */
export async function openConnection(
  settings: Pick<Settings, 'baseUrl' | 'transport'>,
  credentials: Credentials,
  { log, proxyOf }: Pick<ProviderContext, 'log' | 'proxyOf'>,
  options: Pick<AttemptOptions, 'timeoutMs'> = {},
): Promise<Connection> {
  const { BetaAnalyticsDataClient } = await import('@google-analytics/data');
  const { protocol, hostname, port } = new URL(settings.baseUrl);
  const present = new AsyncLocalStorage<Present>();
  const proxy = proxyOf(settings.baseUrl);
  const isRest = settings.transport === 'rest' || proxy !== undefined;
  if (proxy !== undefined && settings.transport !== 'rest') log.info('asks over REST in place of gRPC, which takes no proxy', { proxy });

  /** In place of the client's own way out, which the engine would know nothing of. */
  async function send(url: string | URL, init: RequestInit): Promise<Response> {
    const store = present.getStore();
    if (store === undefined) throw new TypeError('asked outside a try');
    try {
      const headers = new Headers(init.headers);
      for (const [name, value] of await credentials.headers()) headers.set(name, value);
      const { method = 'POST', body = null } = init;
      const response = await store.one.fetch(url, { method, headers, body, signal: init.signal ?? null });
      if (!response.ok) return response;
      const text = await response.text();
      checkContent(response.status, text);
      return new Response(text, { status: response.status, headers: response.headers });
    } catch (error) {
      // The client would call all of it a failed connection.
      store.wrong = error;
      throw error;
    }
  }

  // Its type is that of a class, of which the client uses these alone.
  const auth = {
    fetch: send,
    getRequestHeaders: () => credentials.headers(),
    getUniverseDomain: async () => universeDomain,
    universeDomain,
  };
  const client = new BetaAnalyticsDataClient({
    auth: auth as never,
    apiEndpoint: hostname,
    port: Number(port || (protocol === 'http:' ? 80 : 443)),
    universeDomain,
    fallback: isRest,
    protocol: protocol.slice(0, -1),
    ...(!isRest && (await channelOptions(protocol === 'http:'))),
  });

  async function call(one: Try, property: string, requests: readonly RunReportRequest[]): Promise<unknown> {
    await client.initialize();
    const name = `properties/${property}`;
    const headers: Record<string, string> = { 'x-goog-request-params': `property=${encodeURIComponent(name)}` };
    if (!isRest) for (const [key, value] of await credentials.headers()) headers[key] = value;
    const run = client.innerApiCalls.batchRunReports as (request: object, options: object) => Call;
    const calling = run({ property: name, requests }, { timeout: clientTimeoutMs, otherArgs: { headers } });
    one.signal.addEventListener('abort', () => calling.cancel?.(), { once: true });
    const [answer] = await calling;
    return answer;
  }

  async function overRest(one: Try, property: string, requests: readonly RunReportRequest[]): Promise<unknown> {
    const store: Present = { one };
    try {
      return await present.run(store, () => call(one, property, requests));
    } catch (error) {
      if (store.wrong !== undefined) throw store.wrong;
      throw isDecoding(error) ? invalid('what its API does not describe') : error;
    }
  }

  async function overGrpc(one: Try, property: string, requests: readonly RunReportRequest[]): Promise<unknown> {
    try {
      return await call(one, property, requests);
    } catch (error) {
      const { code, details } = error as { readonly code?: unknown; readonly details?: unknown };
      if (typeof code !== 'number' || typeof details !== 'string') throw error;
      throw new RpcError(code, details, error);
    }
  }

  return {
    run: (context, property, requests, what) =>
      context.attempt(
        async (one) => {
          const answer = Batch.safeParse(await (isRest ? overRest : overGrpc)(one, property, requests));
          if (!answer.success) throw invalid('what is no batch of reports');
          const { reports } = answer.data;
          if (reports.length !== requests.length) throw invalid(`${reports.length} reports where ${requests.length} were asked for`);
          return reports;
        },
        { what, ...options },
      ),
    async close() {
      await client.close();
    },
  };
}

const universeDomain = 'googleapis.com';

async function channelOptions(isPlain: boolean): Promise<Readonly<Record<string, unknown>>> {
  const { credentials } = await import('@grpc/grpc-js');
  return {
    sslCreds: isPlain ? credentials.createInsecure() : credentials.createSsl(),
    'grpc.max_receive_message_length': longestMessageBytes,
    // Tries are the engine's, and what a DNS record says of them is not asked.
    'grpc.enable_retries': 0,
    // Its own reading of the environment is not the engine's. https://github.com/grpc/grpc-node/blob/master/packages/grpc-js/src/http_proxy.ts
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
  };
}

/** What a good status may still carry. */
function checkContent(status: number, text: string): void {
  if (status === 202) throw new TransientError('Google Analytics has no answer yet (202)', { kind: 'not-yet' });
  if (status !== 200 || text === '') throw invalid(`without content (${status})`);
  JSON.parse(text);
}

/** The client decodes what `fetch` brought; what it cannot is an error without a status of HTTP, and none of the connection. */
function isDecoding(error: unknown): boolean {
  return error instanceof Error && /fromProto3JSON|malformed response|null response/.test(error.message);
}

function invalid(message: string): PermanentError {
  return new PermanentError(`Google Analytics answered ${message}`, { kind: 'invalid-answer' });
}
