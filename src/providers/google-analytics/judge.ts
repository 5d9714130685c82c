import {
  BlockedError,
  type Failure,
  messageOf,
  type NextError,
  PermanentError,
  type ProblemKind,
  TransientError,
} from '../../sdk/index.ts';

/** The codes of gRPC by their numbers. https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
const codes = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** A call that failed over gRPC, where there is no HTTP answer to look at. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly status: string;
  constructor(code: number, details: string, cause?: unknown) {
    super(details, { cause });
    this.status = codes[code] ?? 'UNKNOWN';
  }
}

/** What Google refused with, over either transport. */
interface Refusal {
  readonly status: string;
  /** Its words, where they are Google's. */
  readonly words: string;
}

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** Ten server errors of a project and a property in an hour are all that is borne: one more try, later. */
const sparingMs = 30_000;

/** What Google's own errors mean. https://developers.google.com/analytics/devguides/reporting/data/v1/errors */
export function judge(failure: Failure): NextError | undefined {
  if (failure.isTimeout) return tooLate(failure);
  const refusal = refusalOf(failure);
  if (refusal === undefined) return undefined;
  const says = refusal.words === '' ? '' : ` (${refusal.words})`;
  const permanent = (message: string, kind: ProblemKind) => new PermanentError(`${message}${says}`, { kind });
  switch (refusal.status) {
    case 'UNAUTHENTICATED':
      return new BlockedError(`Google does not accept the credentials${says}`, { kind: 'unauthorized' });
    case 'PERMISSION_DENIED':
      if (!/has not been used in project|it is disabled|SERVICE_DISABLED/i.test(refusal.words)) {
        return permanent('the credentials may not read this property: give their e-mail address the role Viewer on it', 'forbidden');
      }
      return new BlockedError(`the Google Analytics Data API is not enabled in the project of the credentials${says}`, {
        kind: 'forbidden',
      });
    case 'NOT_FOUND':
      return permanent('Google Analytics does not know what was asked for: are the property and "baseUrl" right?', 'not-found');
    case 'INVALID_ARGUMENT':
    case 'FAILED_PRECONDITION':
    case 'OUT_OF_RANGE':
    case 'UNIMPLEMENTED':
      return permanent('Google Analytics refuses the report', 'config');
    case 'RESOURCE_EXHAUSTED':
      return exhausted(refusal.words);
    case 'CANCELLED':
      return new TransientError(`the call was cancelled${says}`, { kind: 'network' });
    default:
      return failed(failure, refusal);
  }
}

/** https://developers.google.com/analytics/devguides/reporting/data/v1/quotas */
function exhausted(words: string): NextError {
  // What the client itself refuses, as the answer is longer than we take. https://github.com/grpc/grpc-node/blob/master/packages/grpc-js
  if (/message larger than max/i.test(words)) return new PermanentError(`the answer is too large (${words})`, { kind: 'too-large' });
  const message = `a quota of Google Analytics is used up (${words})`;
  if (/per day/i.test(words)) return new PermanentError(`${message}; it is full again at midnight, Pacific time`, { kind: 'quota' });
  if (/concurrent/i.test(words)) return new TransientError(message, { kind: 'rate-limited' });
  // An hourly quota is full again within an hour; others say nothing.
  return /per hour/i.test(words)
    ? new TransientError(message, { kind: 'quota', retryAfterMs: hourMs })
    : new TransientError(message, { kind: 'rate-limited', retryAfterMs: minuteMs });
}

function failed({ number, error }: Failure, refusal: Refusal): NextError {
  const { status, words } = refusal;
  // The connection, and not the server: it counts no error for that.
  if (error instanceof RpcError && isConnection(refusal)) {
    return new TransientError(`the connection to Google Analytics failed (${words})`, { kind: 'network' });
  }
  const message = `Google Analytics failed: ${status}${words === '' ? '' : ` (${words})`}`;
  if (number === 1) return new TransientError(message, { kind: 'server', retryAfterMs: sparingMs });
  return new PermanentError(`${message}; it is not asked again, as it bears ten server errors an hour`, { kind: 'server' });
}

/** Google may still be at it: each further try of a report that takes it too long takes tokens, and may end as a server error of its. */
function tooLate({ number, error }: Failure): NextError {
  if (number === 1) return new TransientError(messageOf(error), { kind: 'timeout', retryAfterMs: sparingMs });
  return new PermanentError(`${messageOf(error)}; it is not asked again, as each try takes from the quotas of the property`, {
    kind: 'timeout',
  });
}

/** In the words of the gRPC client, which has no other mark for it. What the server says of its own connections is its own failure. */
function isConnection({ status, words }: Refusal): boolean {
  return (
    status === 'UNAVAILABLE' &&
    /^(No connection established|Connection dropped|Name resolution failed|((connect|getaddrinfo|read|write) )?E[A-Z_]{4,}\b)/.test(words)
  );
}

function refusalOf({ error, response }: Failure): Refusal | undefined {
  if (error instanceof RpcError) return { status: error.status, words: cleaned(error.message) };
  if (response === undefined || response.status < 400) return undefined;
  const google = googleError(response.body);
  if (google !== undefined) return google;
  if (response.status >= 500) return { status: `status ${response.status}`, words: titleOf(response.body) };
  // What else says 401 or 403 in JSON may repeat the token: its words are not shown. A web page is the common table's.
  const status = /^\s*</.test(response.body) ? undefined : statuses[response.status];
  return status === undefined ? undefined : { status, words: '' };
}

const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
};

/** https://cloud.google.com/apis/design/errors#http_mapping */
function googleError(body: string): Refusal | undefined {
  try {
    const { error } = JSON.parse(body) as { readonly error?: { readonly status?: unknown; readonly message?: unknown } };
    if (typeof error?.status !== 'string' || !codes.includes(error.status)) return undefined;
    return { status: error.status, words: cleaned(typeof error.message === 'string' ? error.message : '') };
  } catch {
    return undefined; // no JSON, or cut
  }
}

function titleOf(body: string): string {
  return cleaned(/<title[^>]*>([^<]{1,500})/i.exec(body)?.[1] ?? '');
}

/** In one line, without tokens. */
function cleaned(words: string): string {
  const line = words
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .replaceAll(/\beyJ[\w-]+(\.[\w-]*){0,2}|\bya29\.[\w.-]+/g, '***')
    .trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
