import type { z } from 'zod';
import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import type { Settings } from './settings.ts';

/** What the client's methods take, of what is used here; the names are Mailchimp's. */
export interface Query {
  readonly fields: readonly string[];
  readonly count: number;
  readonly offset: number;
  readonly since_send_time?: string;
  readonly before_send_time?: string;
  readonly sort_field?: 'month';
  readonly sort_dir?: 'DESC';
}

/** What is used of the client, which has no types of its own for it. As it is made here, each method answers with the address to ask. */
export interface Marketing {
  readonly ping: { get(): Promise<URL> };
  readonly lists: {
    getAllLists(query: Query): Promise<URL>;
    getListRecentActivity(list: string, query: Query): Promise<URL>;
    getListGrowthHistory(list: string, query: Query): Promise<URL>;
  };
  readonly reports: { getAllCampaignReports(query: Query): Promise<URL> };
  readonly automations: { list(query: Query): Promise<URL> };
}

interface OwnClient extends Marketing {
  basePath: string;
  callApi(path: string, method: string, inPath: Record<string, string>, inQuery: Record<string, unknown>): Promise<{ data: URL }>;
  setConfig(config: object): void;
  buildUrl(path: string, inPath: Record<string, string>): string;
  normalizeParams(inQuery: Record<string, unknown>): Record<string, string>;
}

export interface Client {
  /** Asks for what `call` says, `what` in words. Rejects where the answer is not as `schema` wants it. */
  ask<Schema extends z.ZodType>(
    context: ProviderContext,
    what: string,
    schema: Schema,
    call: (api: Marketing) => Promise<URL>,
  ): Promise<z.output<Schema>>;
}

/** Loads Mailchimp's client, and makes one of its own for this key: what the package exports is one for the whole process. */
export async function createClient(settings: Settings, options: { readonly timeoutMs?: number } = {}): Promise<Client> {
  const key = settings.apiKey.reveal();
  const basePath = `${settings.baseUrl ?? dataCentre(key)}/3.0`;
  // @ts-expect-error The package has no types, and what is published apart lacks reports, activity, growth and automations.
  const { default: shared } = await import('@mailchimp/mailchimp_marketing');
  const api = addressing(new shared.constructor(), basePath);
  const headers = {
    // Any user will do. https://mailchimp.com/developer/marketing/docs/fundamentals/#connecting-to-the-api
    authorization: `Basic ${Buffer.from(`user:${key}`).toString('base64')}`,
    accept: 'application/json, application/problem+json',
  };
  return {
    ask: (context, what, schema, call) =>
      context.attempt(
        async (one) => {
          const response = await one.fetch(await call(api), { headers, signal: one.signal });
          if (response.status !== 200) throw new Error(`an answer with status ${response.status}`);
          return schema.parse(JSON.parse(await response.text()));
        },
        { what, ...options },
      ),
  };
}

/**
 * The client puts each request together, and the engine's `fetch` sends it. The client's own way out (superagent 3.8.1) knows no proxy, no
 * signal and no cap, takes a web page for an answer, and throws errors that carry the key; `callApi` is where it begins.
 */
function addressing(client: OwnClient, basePath: string): Marketing {
  client.basePath = basePath;
  // Without a data centre in its config, it leaves the word "server" in addresses alone.
  client.setConfig({});
  client.callApi = async (path, method, inPath, inQuery) => {
    if (method !== 'GET') throw new TypeError(`${method} ${path} would change something`);
    const url = new URL(client.buildUrl(path, inPath));
    for (const [name, value] of Object.entries(client.normalizeParams(inQuery))) url.searchParams.set(name, value);
    return { data: url };
  };
  return client;
}

/** `us19` in `0123456789abcdef0123456789abcdef-us19`. https://mailchimp.com/developer/marketing/docs/fundamentals/#api-structure */
function dataCentre(key: string): string {
  const name = /-([a-z]{2,4}\d{1,4})$/.exec(key)?.[1];
  if (name !== undefined) return `https://${name}.api.mailchimp.com`;
  throw new PermanentError('the key does not end in a data centre, as in -us19: copy "apiKey" whole, or set "baseUrl"', { kind: 'config' });
}
