import { PermanentError, TransientError } from '../../sdk/index.ts';
import type { Answer, Connection } from './connection.ts';

/** What an answer to a write says of the samples in it. */
export type Verdict =
  | { readonly kind: 'stored' }
  /** Some of them are refused for good, in the server's words; of Prometheus, none of the others is stored then. */
  | { readonly kind: 'refused'; readonly words: string }
  | { readonly kind: 'too-large'; readonly words: string };

/** Words by which a server refuses samples, rather than the request. */
const ofSamples =
  /err-mimir-|out[ -]of[ -](order|bounds)|too (old|far)|duplicate|\b(samples?|series|labels?|metrics?|metadata|timestamps?|exemplars?)\b/i;

/** Refusals for good that Prometheus before 2.50 answers with 500. https://github.com/prometheus/prometheus/issues/13334 */
const forGood = /out[ -]of[ -](order|bounds)|too old sample|duplicate sample|timestamp.{0,20}too old/i;

/** There is a newer sample in the series, or another of the same time. */
const ofOrder = /out[ -]of[ -]order|duplicate|err-mimir-sample-duplicate-timestamp/i;

/** Samples of that time and older ones are refused, of whichever series: the bound is one of the whole store. */
const ofAge = /out[ -]of[ -]bounds|too[ -]old/i;

export function isOfOrder(words: string): boolean {
  return ofOrder.test(words) && !ofAge.test(words);
}

export function isOfAge(words: string): boolean {
  return ofAge.test(words);
}

/** There is another value of the same time: what an unanswered write had stored is not refused so. */
export function isOfAnotherValue(words: string): boolean {
  return /duplicate/i.test(words);
}

/** Throws what the answer means for the request as a whole, where it is none of its samples. */
export function readAnswer(answer: Answer, connection: Connection): Verdict {
  const { status, body } = answer;
  // A page with 200 is a login, or a proxy's word.
  if (status === 204 || (status === 200 && body.trim() === '')) return { kind: 'stored' };
  const words = wordsOf(answer);
  if (status === 413) return { kind: 'too-large', words: `the server answered 413: ${words}` };
  // Thanos answers 409. https://thanos.io/tip/components/receive.md/
  if ([400, 409, 422].includes(status) && ofSamples.test(words)) return { kind: 'refused', words };
  if (status >= 500 && forGood.test(words)) return { kind: 'refused', words };
  throw errorOf(answer, connection);
}

/** What an answer that is none means for the request as a whole. */
export function errorOf(answer: Answer, { where, now }: Connection): PermanentError | TransientError {
  const { status, headers } = answer;
  const said = `${where} answered ${status}: ${wordsOf(answer)}`;
  if (status === 401) return new PermanentError(`${said}; check "username" and "password", or "token"`, { kind: 'unauthorized' });
  if (status === 403) return new PermanentError(`${said}; check that the credential may write metrics`, { kind: 'forbidden' });
  if (status === 404) {
    const disabled = /remote.write.receiver/i.test(answer.body);
    const next = disabled ? 'start Prometheus with --web.enable-remote-write-receiver' : 'check "url"';
    return new PermanentError(`${said}; ${next}`, { kind: 'not-found' });
  }
  if (status === 202 || status === 408 || status === 425 || status === 429 || status >= 500) {
    return new TransientError(said, { kind: status === 429 ? 'rate-limited' : 'server', retryAfterMs: retryAfterMs(headers, now()) });
  }
  if (status >= 300 && status < 400) return new PermanentError(`${said}; it leads elsewhere: check "url"`);
  if ([400, 409, 415, 422].includes(status))
    return new PermanentError(`${where} refused the request (${status}): ${wordsOf(answer)}; check that it takes remote write 1.0`, {
      kind: 'rejected',
    });
  return new PermanentError(`${said}; this is no answer of a server that takes remote write: check "url"`);
}

/** What the server says, in one line. */
export function wordsOf({ body }: Pick<Answer, 'body'>): string {
  const text = body.trim();
  if (text === '') return 'without a word';
  if (text.startsWith('<')) return 'a web page';
  const json = jsonOf(text);
  const words = [json?.error, json?.message].filter((one) => typeof one === 'string' && one !== '');
  // Whole: a secret of which only a part is left would not be found any more. The engine cuts it after that.
  return (words.length > 0 ? words.join(': ') : text).replace(/\s+/g, ' ');
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

/** Seconds, or an HTTP date by the server's own clock. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterMs(headers: Headers, now: Date): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const until = /^[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const date = Date.parse(headers.get('date') ?? '');
  return Math.max(0, until - (Number.isNaN(date) ? now.getTime() : date));
}
