import {
  BlockedError,
  isNextError,
  messageOf,
  type NextError,
  PermanentError,
  type ProblemKind,
  SplitError,
  TransientError,
} from '../sdk/errors.ts';
import type { Failure } from '../sdk/provider.ts';

/** How calls of an upstream are tried. */
export interface Policy {
  /** Tries of one call in all. */
  readonly tries: number;
  /** Before the second try, the third, …: of what may be over soon. */
  readonly waitsMs: readonly number[];
  /** The first wait on a limit that does not say how long; each further one is twice as long. */
  readonly bareWaitMs: number;
  /** Of one try, where the call does not say. */
  readonly timeoutMs: number;
}

export const defaultPolicy: Policy = { tries: 4, waitsMs: [1000, 4000, 16_000], bareWaitMs: 60_000, timeoutMs: 30_000 };

/** What an upstream may ask us to wait and we do; a quota is waited for as long as the run lasts. */
export const longestWaitMs = 3_600_000;
export const longestBodyBytes = 64 * 1024 * 1024;
/** Of a body, for `judge` and messages. */
export const rememberedBodyLength = 64 * 1024;
export const mostRedirects = 5;

export const notForHeaders = 'holds a character that a header cannot carry, such as a line break';

/** A secret as no header can carry it. The value is in no message. */
export function credentialError(where: string): PermanentError {
  return new PermanentError(`${where} was not asked: the credential ${notForHeaders}`, { kind: 'unauthorized' });
}

/** What those say of it who make the headers: `Headers` (twice), `node:http`, and gRPC's client. */
const refusedHeader =
  /is an invalid header value|^Cannot convert argument to a ByteString|^Invalid character in header content|^Metadata string value .* contains illegal characters/s;

/** The answer's status is the failure: it is none that the call takes. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
}

/**
 * What a failure means where the provider's `judge` does not say: one table for HTTP and sockets. `where` (`api.github.com/graphql`)
 * begins the message. Of a body only the beginning of what it says is quoted: secrets must have been taken out of it before.
 */
export function judgeCommon(failure: Failure, now: Date, where = 'the upstream'): NextError {
  const { error, response } = failure;
  if (isNextError(error)) return error;
  if (response !== undefined && (response.status >= 300 || error instanceof StatusError)) return judgeStatus(response, now, where);
  return judgeContent(failure, where);
}

/** The same where the answer's status is one that the call takes: the failure lies in its body, or came without an answer. */
export function judgeContent({ error, response }: Failure, where = 'the upstream'): NextError {
  if (isNextError(error)) return error;
  const transport = judgeTransport(error, where);
  if (transport !== undefined) return transport;
  if (response !== undefined && looksLikeHtml(response)) {
    // What stands between us and the upstream (a proxy, a login page, an error page with 200) is often gone a moment later.
    return new TransientError(`${where} answered with a web page${titleOf(response.body)}`, { kind: 'invalid-answer', cause: error });
  }
  return judgeThrown(error, response, where);
}

type Response = NonNullable<Failure['response']>;

function judgeStatus(response: Response, now: Date, where: string): NextError {
  const { status } = response;
  const message = `${where} answered ${status}${wordsOf(response)}`;
  const permanent = (kind: ProblemKind) => new PermanentError(message, { kind });
  const transient = (kind: ProblemKind) => new TransientError(message, { kind, retryAfterMs: retryAfter(response.headers, now) });
  switch (status) {
    case 202:
      return transient('not-yet');
    case 401:
      return new BlockedError(message, { kind: 'unauthorized' });
    case 403:
      if (isLimit(response)) return judgeLimit(response, now, message);
      return looksLikeHtml(response) ? new BlockedError(message, { kind: 'blocked' }) : permanent('forbidden');
    case 402:
    case 451:
      return permanent('forbidden');
    case 404:
    case 410:
      return permanent('not-found');
    case 407:
      return permanent('network');
    case 408:
      return transient('timeout');
    case 413:
    case 414:
    case 431:
      return new SplitError(message);
    case 425:
      return transient('server');
    case 429:
      return judgeLimit(response, now, message);
    default:
      return status >= 500 ? transient('server') : permanent('invalid-answer');
  }
}

/** `retry-after` first: it is the younger promise. Then the quota's own reset. With neither the wait is the policy's. */
function judgeLimit({ headers }: Response, now: Date, message: string): TransientError {
  const told = retryAfter(headers, now);
  if (told !== undefined) return new TransientError(message, { kind: 'rate-limited', retryAfterMs: told });
  if (!isSpent(headers)) return new TransientError(message, { kind: 'rate-limited' });
  return new TransientError(message, { kind: 'quota', retryAfterMs: quotaReset(headers, now) });
}

/** A 403 that means "not now". https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function isLimit({ headers, body }: Response): boolean {
  return headers.has('retry-after') || isSpent(headers) || (!body.startsWith('<') && /\brate.?limit|too many requests/i.test(body));
}

const limitHeaders = ['x-ratelimit-', 'ratelimit-'] as const;

function isSpent(headers: Headers): boolean {
  return limitHeaders.some((prefix) => /^0(\.0+)?$/.test(headers.get(`${prefix}remaining`) ?? ''));
}

/** `…-reset` is a moment in Unix seconds at some (GitHub), seconds from now at others (Reddit). */
function quotaReset(headers: Headers, now: Date): number | undefined {
  for (const prefix of limitHeaders) {
    const reset = Number(headers.get(`${prefix}reset`) || Number.NaN);
    if (Number.isNaN(reset)) continue;
    return bounded(reset > 1e9 ? reset * 1000 - serverTime(headers, now) : reset * 1000);
  }
  return undefined;
}

/** Milliseconds that `Retry-After` asks for: seconds, or an HTTP date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function retryAfter(headers: Headers, now: Date): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return bounded(Number(text) * 1000);
  const time = /^[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : bounded(time - serverTime(headers, now));
}

/** The server's own clock where it tells it: its dates are by that. */
function serverTime(headers: Headers, now: Date): number {
  const time = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(time) ? now.getTime() : time;
}

/** At most a century, so that it can be added to any date. */
function bounded(ms: number): number {
  return Math.min(Math.max(0, ms), 3_155_760_000_000);
}

const codes: Readonly<Record<string, { readonly says: string; readonly kind?: ProblemKind }>> = {
  ECONNREFUSED: { says: 'refused the connection' },
  ECONNRESET: { says: 'broke the connection' },
  EPIPE: { says: 'broke the connection' },
  UND_ERR_SOCKET: { says: 'broke the connection' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { says: 'broke the connection' },
  ENOTFOUND: { says: 'is not known to DNS' },
  EAI_AGAIN: { says: 'could not be looked up: DNS did not answer' },
  EHOSTUNREACH: { says: 'cannot be reached' },
  ENETUNREACH: { says: 'cannot be reached' },
  EADDRNOTAVAIL: { says: 'cannot be reached' },
  ETIMEDOUT: { says: 'did not answer in time', kind: 'timeout' },
  ECONNABORTED: { says: 'did not answer in time', kind: 'timeout' },
  UND_ERR_CONNECT_TIMEOUT: { says: 'did not answer in time', kind: 'timeout' },
  UND_ERR_HEADERS_TIMEOUT: { says: 'did not answer in time', kind: 'timeout' },
  UND_ERR_BODY_TIMEOUT: { says: 'did not answer in time', kind: 'timeout' },
};

/** A certificate that is not accepted does not get better by asking again. https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const certificateCode = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

function judgeTransport(error: unknown, where: string): NextError | undefined {
  for (const one of causesOf(error)) {
    const code = String((one as { code?: unknown }).code ?? '');
    const known = Object.hasOwn(codes, code) ? codes[code] : undefined;
    if (refusedHeader.test(one.message)) return credentialError(where);
    if (known !== undefined) return new TransientError(`${where} ${known.says}`, { kind: known.kind ?? 'network', cause: error });
    if (certificateCode.test(code)) {
      return new PermanentError(`the certificate of ${where} is not accepted (${code}); NODE_EXTRA_CA_CERTS names a file of further CAs`, {
        kind: 'network',
        cause: error,
      });
    }
    // undici's words for a proxy that does not open the way.
    const proxy = /^Proxy (?:response|Authentication Required) \((\d+)\)/.exec(one.message);
    if (proxy !== null) return new PermanentError(`${where}: the proxy answered ${proxy[1]}`, { kind: 'network', cause: error });
    if (code.startsWith('HPE_')) return new TransientError(`${where} does not speak HTTP (${code})`, { kind: 'network', cause: error });
    if (one.name === 'TimeoutError' || one.name === 'AbortError') {
      return new TransientError(`${where} did not answer in time`, { kind: 'timeout', cause: error });
    }
  }
  if (!isFetchFailure(error)) return undefined;
  const why = error.cause === undefined ? error.message : messageOf(error.cause);
  if (why === 'bad port') return new PermanentError(`${where} has a port that fetch does not open`, { kind: 'network', cause: error });
  return new TransientError(`the connection to ${where} failed (${why})`, { kind: 'network', cause: error });
}

/** `fetch` tells of sockets by a TypeError: `fetch failed` before the answer, `terminated` inside it. */
function isFetchFailure(error: unknown): error is TypeError {
  return error instanceof TypeError && (error.message === 'fetch failed' || error.message === 'terminated');
}

/** The error, and all that caused it. */
function* causesOf(error: unknown): Generator<Error> {
  const todo = [error];
  for (let found = 0; todo.length > 0 && found < 20; found += 1) {
    const one = todo.shift();
    if (!(one instanceof Error)) continue;
    yield one;
    todo.push(one.cause);
    if (one instanceof AggregateError) todo.push(...one.errors);
  }
}

const defects = new Set(['TypeError', 'ReferenceError', 'RangeError', 'EvalError', 'URIError', 'AssertionError']);

function judgeThrown(error: unknown, response: Response | undefined, where: string): NextError {
  const message = messageOf(error);
  const invalid = `${where} answered what was not expected`;
  if (isZodError(error)) {
    return new PermanentError(`${invalid}: ${issueText(error)}${response ? wordsOf(response) : ''}`, {
      kind: 'invalid-answer',
      cause: error,
    });
  }
  if (error instanceof SyntaxError && response !== undefined) {
    return new TransientError(`${where} answered with broken JSON`, { kind: 'invalid-answer' });
  }
  if (!(error instanceof Error) || defects.has(error.name)) {
    return new PermanentError(`a defect while asking ${where}: ${message}`, { kind: 'defect', cause: error });
  }
  return new PermanentError(response === undefined ? `${where}: ${message}` : `${invalid}: ${message}`, {
    kind: 'invalid-answer',
    cause: error,
  });
}

/**
 * V8 quotes a piece of what it could not parse, and cuts it where it likes: of a secret in it more than half may be left, in no form that
 * is found. `Unexpected token 'g', "ghp_0123456"... is not valid JSON`
 */
export function withoutSnippet(message: string): string {
  return message.replace(/(?:Unexpected [^,]*, )?(?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON/s, 'what is not valid JSON');
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** By its shape: a client may bring a copy of zod of its own. */
function isZodError(error: unknown): error is { readonly issues: readonly Issue[] } {
  return error instanceof Error && /^\$?ZodError$/.test(error.name) && Array.isArray((error as { issues?: unknown }).issues);
}

/** `items[3].name: expected number, received string`. */
function issueText({ issues }: { readonly issues: readonly Issue[] }): string {
  const [first] = issues;
  if (first === undefined) return 'it does not fit';
  let path = '';
  for (const key of first.path) path += typeof key === 'number' ? `[${key}]` : `${path === '' ? '' : '.'}${String(key)}`;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  return `${path === '' ? '' : `${path}: `}${first.message.replace(/^Invalid input: /, '')}${more}`;
}

function looksLikeHtml({ headers, body }: Response): boolean {
  return /^\s*<(!doctype|html|head|body|\?xml)/i.test(body) || (/\bhtml\b/.test(headers.get('content-type') ?? '') && /^\s*</.test(body));
}

/** What the upstream itself says, in one line: ` (Bad credentials)`, or nothing. */
function wordsOf(response: Response): string {
  if (looksLikeHtml(response)) return titleOf(response.body);
  const found = words(response.body);
  return found === undefined ? '' : ` (${oneLine(found)})`;
}

function words(body: string): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const { error, message, detail, title, error_message, error_description, reason } = json as Readonly<Record<string, unknown>>;
  const inner = typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : error;
  return [error_description, error_message, message, detail, inner, title, reason].find(
    (one): one is string => typeof one === 'string' && one.trim() !== '',
  );
}

function titleOf(body: string): string {
  const title = /<title[^>]*>([^<]{1,500})/i.exec(body)?.[1];
  return title === undefined ? '' : ` (${oneLine(title)})`;
}

function oneLine(text: string): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
