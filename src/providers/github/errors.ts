import type { z } from 'zod';
import { PermanentError, SplitError } from '../../sdk/errors.ts';
import { GraphqlError } from './schema.ts';

/** An error that comes with a GraphQL answer, as `@octokit/graphql` throws it: it keeps whatever data came as well. */
export interface AnswerWithErrors {
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly errors: readonly GraphqlError[];
}

/** What came in a GraphQL answer that had errors; undefined for any other failure. Told by its name, so that the client loads late. */
export function answerWithErrors(error: unknown): AnswerWithErrors | undefined {
  if (!(error instanceof Error) || error.name !== 'GraphqlResponseError') return undefined;
  const { data, errors } = error as Error & { readonly data?: unknown; readonly errors?: unknown };
  return {
    data: typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>) : undefined,
    errors: Array.isArray(errors) ? errors.map((one) => GraphqlError.parse(one)) : [],
  };
}

/** `RATE_LIMIT` came beside `RATE_LIMITED` in January 2026; https://github.com/yanyongyu/githubkit/issues/271 */
export function isRateLimit(error: GraphqlError): boolean {
  return error.type === 'RATE_LIMITED' || error.type === 'RATE_LIMIT' || error.code === 'graphql_rate_limit';
}

/** Documented as a part of the message only; https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api */
export function isSecondaryLimit(text: string): boolean {
  return /secondary rate limit/i.test(text);
}

/** The answer as a whole was refused: what it carries besides is no answer. */
export function refusesAll(error: GraphqlError): boolean {
  return isRateLimit(error) || isSecondaryLimit(error.message);
}

/** The query took GitHub too much; a smaller one may do. https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api */
export function isTooLarge(error: GraphqlError): boolean {
  return error.type === 'RESOURCE_LIMITS_EXCEEDED' || error.type === 'MAX_NODE_LIMIT_EXCEEDED';
}

/** GitHub ran out of time or failed on a part: such errors have no type ("Something went wrong while executing your query"). */
export function isFailure(error: GraphqlError): boolean {
  if (error.extensions?.code !== undefined) return false;
  return error.type === undefined || error.type === 'INTERNAL' || error.type === 'SERVICE_UNAVAILABLE';
}

/** The errors at `path` or below it. */
export function errorsAt(errors: readonly GraphqlError[], ...path: readonly (string | number)[]): readonly GraphqlError[] {
  return errors.filter((error) => path.every((step, index) => error.path?.[index] === step));
}

/** Whether an error is of one node of a list, and not of the list. A star is none: without its time no day before it is whole. */
export function isOfNode({ path }: GraphqlError): boolean {
  return path?.some((step, index) => typeof step === 'number' && path[index - 1] === 'nodes') ?? false;
}

/** That less should be asked for at once, where one of the errors says so. */
export function splitError(errors: readonly GraphqlError[]): SplitError | undefined {
  const cause = errors.find((error) => isTooLarge(error)) ?? errors.find((error) => isFailure(error));
  if (cause === undefined) return undefined;
  return new SplitError(`GitHub gave up on a part of the query: ${cause.message}`, { kind: isTooLarge(cause) ? 'too-large' : 'server' });
}

/** What an error of a single thing means for it, in words for the one who reads the report; `needs` is what a token lacks that may not see it. */
export function itemError(what: string, error: GraphqlError | undefined, needs?: string): PermanentError {
  if (error === undefined) return new PermanentError(`GitHub gave no answer for ${what}, and no reason`);
  if (error.type === 'NOT_FOUND') return notFound(what);
  if (error.type === 'FORBIDDEN' || error.type === 'INSUFFICIENT_SCOPES') {
    const words = needs === undefined ? '' : `; it needs ${needs}`;
    return new PermanentError(`GitHub refuses ${what} to the token: ${error.message}${words}`, { kind: 'forbidden' });
  }
  return new PermanentError(`GitHub gave no answer for ${what}: ${error.message}`);
}

/** GitHub does not tell what is not there from what the token may not see. */
export function notFound(what: string): PermanentError {
  return new PermanentError(`GitHub finds no ${what} that the token may see: correct the name, or remove it from the config`, {
    kind: 'not-found',
  });
}

/** A part of an answer as `schema` has it, or what is wrong with it. */
export function read<Schema extends z.ZodType>(schema: Schema, part: unknown, what: string): z.output<Schema> | PermanentError {
  const parsed = schema.safeParse(part);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message.replace(/^Invalid input: /, '')}`);
  const message = `GitHub answered for ${what} what it does not document: ${wrong.slice(0, 5).join('; ')}`;
  return new PermanentError(message, { cause: parsed.error });
}

/** The same; throws what is wrong with it. */
export function readAs<Schema extends z.ZodType>(schema: Schema, part: unknown, what: string): z.output<Schema> {
  const result = read(schema, part, what);
  if (result instanceof PermanentError) throw result;
  return result;
}

/** Throws where a page is longer than what was asked for. */
export function checkLength(length: number, size: number, what: string): void {
  if (length > size) throw new PermanentError(`asked for ${size} ${what}, GitHub answered with ${length}`);
}

/** A list that ends before its time. */
export function incomplete(message: string): PermanentError {
  return new PermanentError(message, { kind: 'incomplete' });
}
