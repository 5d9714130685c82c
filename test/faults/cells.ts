import type { ProblemKind } from '../../src/sdk/errors.ts';
import type { FieldValue } from '../../src/sdk/point.ts';
import type { ProviderReport } from '../../src/sdk/report.ts';
import type { FaultName } from '../../src/testing/stand-in.ts';
import type { Row } from './upstreams.ts';

/** The name of the world whose upstream misbehaves. */
export const world = 'acme';

/** Stands for any number of milliseconds. */
export const measured = Symbol('measured');

export interface ExpectedRow extends Omit<Row, 'fields'> {
  readonly fields: Readonly<Record<string, FieldValue | typeof measured>>;
}

/** A wait before another try: as it is meant, and how much longer or shorter it may be. Seconds. */
export interface Wait {
  readonly seconds: number;
  readonly less?: number;
  readonly more?: number;
}

/** One problem of the report, an error where it does not say. In the message stand `{host}`, `{other}` (the second origin), `{time}` and `{limit}` (of a try's time). */
interface ExpectedProblem {
  readonly severity?: 'error' | 'notice';
  readonly target?: string;
  readonly item?: string;
  readonly kind: ProblemKind;
  readonly message: string;
}

/** What one fault does to one provider. */
export interface Cell {
  readonly status: ProviderReport['status'];
  /** As the report counts them, retries included. */
  readonly requests: number;
  /** That arrived at the upstream, where that is another number (redirects are followed inside a request). */
  readonly arrived?: number;
  /** The waits of one call before its further tries, and how many calls waited so. Absent: no call is tried again. */
  readonly retried?: { readonly waits: readonly Wait[]; readonly calls: number };
  /** The errors and notices of the report, in any order. */
  readonly problems: readonly ExpectedProblem[];
  /** What is in the store, of what a good run brings. */
  stored(truth: readonly Row[]): readonly ExpectedRow[];
  /** For people, where the report's first problem does not say it. */
  readonly note?: string;
}

/** The policy's own waits: up to a quarter longer, so that calls which failed together do not come back together. */
export const usual: readonly Wait[] = [1, 4, 16].map((seconds) => ({ seconds, more: seconds / 4 }));
/** A limit that does not say how long. */
export const bare: readonly Wait[] = [60, 120, 240].map((seconds) => ({ seconds }));

/** The upstream says how long, three times. */
export function told(seconds: number): readonly Wait[] {
  return Array.from({ length: 3 }, () => ({ seconds }));
}

/** It says until when, by a clock of whole seconds: one of them may be over, or two begun. */
export function toldUntil(seconds: number): readonly Wait[] {
  return Array.from({ length: 3 }, () => ({ seconds, less: 1, more: 2 }));
}

export function everything(truth: readonly Row[]): readonly Row[] {
  return truth;
}

/** A total that fell is held: no other value of its row is. */
export function withoutTotals(truth: readonly Row[]): readonly Row[] {
  return truth.map(({ fields: { total_downloads: _, ...fields }, ...row }) => ({ ...row, fields }));
}

/** The line of the report on a total that is held. */
export function heldTotal(measurement: string, id: string, total: number): ExpectedProblem {
  const item = `${measurement}.total_downloads package=${id}: ${total} → ${Math.floor(total / 2)}`;
  const message = 'held, since it fell: two later readings that agree with it release it, or kpi quarantine accept';
  return { item, kind: 'held', message };
}

export function nothing(): readonly Row[] {
  return [];
}

/** All but the rows of these repositories. */
export function without(...names: readonly string[]): Cell['stored'] {
  const gone = new Set(names);
  return (truth) => truth.filter(({ tags }) => !gone.has(tags.repo ?? ''));
}

/** Each fault in words, for the page. */
export const meanings: Readonly<Record<FaultName, string>> = {
  refuse: 'It is gone: connections are refused',
  hang: 'It takes the request and says nothing',
  drip: 'It sends a byte now and then, without end',
  reset: 'It breaks the connection',
  truncate: 'It breaks off in the middle of the answer',
  'html-200': 'A web page with status 200 (a login, a proxy)',
  'error-200': '`{"error": …}` with status 200',
  '202': '202: it has no answer yet',
  '204': '204: an answer without content',
  'redirect-loop': 'It redirects to itself',
  '401': '401: the credential is not accepted',
  '403-scope': '403: the credential may not do this',
  '403-rate': '403: a quota is used up',
  '403-html': '403 with a web page (a firewall)',
  '404': '404: not found',
  '413': '413: too large',
  '429-seconds': '429, to wait for 7 seconds',
  '429-date': '429, to wait until a date (30 s ahead)',
  '429-bare': '429, without a word on how long',
  '429-absurd': '429, to wait for ten years',
  '500-then-well': '500 once, then well',
  '502-html': '502 with a web page, always',
  'page-twice': 'It brings one page of a list twice',
  'endless-pages': 'A list whose pages never end',
  'cursor-repeats': 'A cursor that leads back to itself',
  'invalid-utf8': 'Text that is not UTF-8',
  nan: '`NaN` in place of a number',
  'unsafe-integer': 'An integer too large to be exact (2^53 + 1)',
  negative: 'A negative count',
  'number-as-string': 'A number as text',
  'missing-field': 'A count is missing',
  'extra-field': 'A field that nobody knows',
  'falling-counter': 'A total that is lower than it was',
  'redirect-other-origin': 'It redirects to another origin',
};
