import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import { answerWithErrors, refusesAll } from './errors.ts';
import { type GraphqlError, RateLimit } from './schema.ts';
import type { Settings } from './settings.ts';

/** A GraphQL answer: data, and what is wrong with parts of it. */
export interface Answer {
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors: readonly GraphqlError[];
}

/** One query, and how it is spoken of. */
export interface Question {
  /** What is asked for, in words. */
  readonly what: string;
  /** What a token needs to see it, in words: told where GitHub refuses it as a whole. */
  readonly needs?: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

export interface Client {
  /** Sends one query. Rejects when no data came at all. */
  ask(context: ProviderContext, question: Question): Promise<Answer>;
  /** What is left of the limit, as the last answer told it. */
  readonly rateLimit: RateLimit | undefined;
}

/** Loads GitHub's client and gives it the token. */
export async function createClient(settings: Settings): Promise<Client> {
  const octokit = await import('@octokit/graphql');
  const graphql = octokit.graphql.defaults({
    baseUrl: settings.baseUrl,
    headers: { authorization: `bearer ${settings.token.reveal()}`, 'user-agent': 'kpi' },
  });
  let rateLimit: RateLimit | undefined;
  let isTold = false;

  function note(answer: Answer, context: ProviderContext): Answer {
    const reading = RateLimit.safeParse(answer.data.rateLimit);
    if (!reading.success && !isTold) {
      isTold = true;
      const error = new PermanentError('GitHub told of its rate limit what it does not document', { cause: reading.error });
      context.problem('rate limit', error);
    }
    if (reading.data) {
      rateLimit = reading.data;
      context.quota({ remaining: rateLimit.remaining, limit: rateLimit.limit, resetAt: new Date(rateLimit.resetAt) });
    }
    return answer;
  }

  return {
    async ask(context, { what, needs, query, variables = {} }) {
      // Without a log the client writes to the console.
      const { log } = context;
      const answer = await context.attempt(
        async (one): Promise<Answer> => {
          try {
            const data = await graphql<Answer['data']>(query, {
              ...variables,
              request: { fetch: one.fetch, signal: one.signal, log, hook, parseSuccessResponseBody: false },
            });
            return { data, errors: [] };
          } catch (error) {
            const partial = answerWithErrors(error);
            if (partial?.data === undefined || partial.errors.some(refusesAll)) throw needing(error, needs);
            return { data: partial.data, errors: partial.errors };
          }
        },
        { what },
      );
      return note(answer, context);
    },
    get rateLimit() {
      return rateLimit;
    },
  };
}

/** The judge sees nothing but the error. */
function needing(error: unknown, needs: string | undefined): unknown {
  return error instanceof Error && needs !== undefined ? Object.assign(error, { needs }) : error;
}

/** A batch of 100 repositories that all fail has 100; one that fails in each of its parts, 1,700. */
const mostErrors = 10_000;

type Send = (options: object) => Promise<{ readonly status: number; readonly data: unknown }>;

/**
 * Reads the answer of a 2xx in place of the client, which would take any for good, pass on text as it is where it should be JSON, and
 * parse ten times slower for the sake of integers that no number holds (which is no number here: the schema refuses it). The errors
 * are for the common table, which knows pages in HTML and broken JSON.
 */
async function hook(send: Send, options: object): ReturnType<Send> {
  const answer = await send(options);
  if (!(answer.data instanceof ReadableStream)) throw new Error(`an answer without content (${answer.status})`);
  const data: unknown = JSON.parse(await new Response(answer.data).text());
  const { data: content, errors } = (data ?? {}) as { readonly data?: unknown; readonly errors?: unknown };
  const hasErrors = Array.isArray(errors);
  if (hasErrors && errors.length > mostErrors) throw new Error(`it has ${errors.length} errors, and no query here can have so many`);
  if (hasErrors || ((errors ?? null) === null && typeof content === 'object' && content !== null)) return { ...answer, data };
  throw new Error('it is no answer of GraphQL: is "baseUrl" right?');
}
