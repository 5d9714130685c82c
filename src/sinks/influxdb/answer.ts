import { type NextError, PermanentError, type Rejection, SplitError, TransientError } from '../../sdk/index.ts';
import type { Answer, Connection } from './connection.ts';
import type { Settings } from './settings.ts';

/** An answer that does not say that all is stored. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`the server answered ${answer.status}`);
    this.answer = answer;
  }
}

/** InfluxDB 3 names no more refused lines than this. https://docs.influxdata.com/influxdb3/core/write-data/troubleshoot/ */
const mostNamed = 100;

/** Words by which a server refuses lines, rather than the request. */
const ofLines = /\b(lines?|points?|fields?|tags?|columns?|measurements?|tables?|timestamps?|partial|parse|parsing)\b/i;

/**
 * What an answer to a write other than 204 means: which of `lines` lines are refused for good while the rest is stored, or an error.
 * InfluxDB 2 stores what it does not refuse (422) or nothing (400), and names no lines; InfluxDB 3 names them (400, or 201 in its cloud).
 */
export function readRefusal(answer: Answer, lines: number, connection: Connection): readonly Rejection[] {
  if (![201, 400, 422].includes(answer.status)) throw errorOf(answer, connection);
  const words = wordsOf(answer);
  const named = namedLines(answer, lines);
  if (named) return named;
  // A refusal of the request itself would be repeated for each of its lines.
  if (answer.status !== 201 && !ofLines.test(words)) {
    throw new PermanentError(`${nameOf(connection.settings)} refused the request (${answer.status}): ${words}`, { kind: 'rejected' });
  }
  if (lines === 1) return [{ index: 0, reason: words }];
  throw new SplitError(words, { kind: 'rejected' });
}

/** What an answer that is none means for the request as a whole. */
export function errorOf(answer: Answer, { settings, now }: Connection): NextError {
  const { status, headers } = answer;
  const said = `${nameOf(settings)} answered ${status}: ${wordsOf(answer)}`;
  if (status === 401 || status === 403) {
    const where = settings.bucket ? `, and that it may write to ${bucketOf(settings)}` : '';
    const kind = status === 401 ? 'unauthorized' : 'forbidden';
    return new PermanentError(`${said}; check "token"${where}`, { kind });
  }
  if (status === 404) {
    const missing = settings.bucket && /bucket|organi[sz]ation|database/i.test(answer.body);
    return new PermanentError(`${said}; ${missing ? `run kpi db init to make ${bucketOf(settings)}` : 'check "url" and "server"'}`, {
      kind: 'not-found',
    });
  }
  if (status === 413) return new SplitError(said);
  if (status === 202 || status === 408 || status === 425 || status === 429 || status >= 500) {
    return new TransientError(said, { kind: status === 429 ? 'rate-limited' : 'server', retryAfterMs: retryAfterMs(headers, now()) });
  }
  if (status >= 300 && status < 400) return new PermanentError(`${said}; it leads elsewhere: check "url"`);
  return new PermanentError(`${said}; this is no answer of ${nameOf(settings)}: check "url" and "server"`);
}

/** What the server says, in one line. */
export function wordsOf({ body }: Answer): string {
  const text = body.trim();
  if (text === '') return 'without a word';
  if (text.startsWith('<')) return 'a web page';
  const json = jsonOf(text);
  const words = [json?.message, json?.error].filter((one) => typeof one === 'string' && one !== '');
  // Whole: a secret of which only a part is left would not be found any more. The engine cuts it after that.
  return (words.length > 0 ? words.join(': ') : text).replace(/\s+/g, ' ');
}

/** The bucket of InfluxDB 2, the database of InfluxDB 3. */
export function bucketOf({ server, bucket }: Settings): string {
  return `${server === 'influxdb3' ? 'database' : 'bucket'} ${bucket ?? ''}`;
}

const names = { influxdb2: 'InfluxDB', influxdb3: 'InfluxDB 3', victoriametrics: 'VictoriaMetrics' } as const;

export function nameOf({ server }: Settings): string {
  return names[server];
}

/** The body as a JSON object; undefined when it is none. */
export function jsonOf(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The lines that InfluxDB 3 names, when it stored all others. https://docs.influxdata.com/influxdb3/core/write-data/http-api/v3-write-lp/ */
function namedLines(answer: Answer, lines: number): readonly Rejection[] | undefined {
  const json = jsonOf(answer.body);
  const data = json?.data;
  if (!/partial write/i.test(wordsOf(answer)) || !Array.isArray(data) || data.length === 0 || data.length >= mostNamed) return undefined;
  const named = new Map<number, string>();
  for (const one of data as readonly { readonly line_number?: unknown; readonly error_message?: unknown }[]) {
    const number = one?.line_number;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 1 || number > lines) return undefined;
    named.set(number - 1, typeof one.error_message === 'string' ? one.error_message : wordsOf(answer));
  }
  return [...named].map(([index, reason]) => ({ index, reason })).sort((one, other) => one.index - other.index);
}

/** Seconds, or an HTTP date by the server's own clock. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterMs(headers: Headers, now: Date): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const until = /^[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const date = Date.parse(headers.get('date') ?? '');
  return Math.max(0, until - (Number.isNaN(date) ? now.getTime() : date));
}
