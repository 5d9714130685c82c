import type { ProblemKind } from '../../src/sdk/errors.ts';
import type { FaultName } from '../../src/testing/stand-in.ts';
import { bare, type Cell, everything, nothing, told, toldUntil, usual, type Wait, world } from './cells.ts';
import type { DatedRow } from './reddit-upstream.ts';

const [one, two] = [`${world}_One`, `${world}_Two`];

/** Both subreddits fail in the same way, at once, where they are looked up. One request more is that for the token, which is well. */
function failed(kind: ProblemKind, message: string, waits?: readonly Wait[]): Cell {
  return {
    status: 'failed',
    requests: 1 + 2 * (1 + (waits?.length ?? 0)),
    ...(waits && { retried: { waits, calls: 2 } }),
    problems: [one, two].map((name) => ({
      target: `r/${name.toLowerCase()}`,
      kind,
      message: message.replace('{what}', `r/${name.toLowerCase()}`).replace('{at}', `{host}/r/${name.toLowerCase()}/about`),
    })),
    stored: nothing,
  };
}

function blocked(kind: ProblemKind, message: string): Cell {
  return { ...failed(kind, message), status: 'blocked' };
}

/** The subscribers of both, where they are told, and the comments on the newest post of both: of the 20th. */
function firstWrong(why: string, areSubscribersWrong = true): Cell {
  return {
    status: 'partial',
    requests: 5,
    problems: [one, two].flatMap((name, place) => [
      ...(areSubscribersWrong
        ? [
            {
              target: `r/${name.toLowerCase()}`,
              item: name,
              kind: 'invalid-answer' as const,
              message: `Reddit told of r/${name} what it does not document: subscribers: ${why}; that is left out`,
            },
          ]
        : []),
      {
        target: `r/${name.toLowerCase()}`,
        item: `t3_20261120${place === 0 ? 2 : 1}`,
        kind: 'invalid-answer' as const,
        message: `Reddit told of a post what it does not document, and its day is left out: data.num_comments: ${why}`,
      },
    ]),
    stored: (truth) =>
      truth
        .filter((row: DatedRow) => !row.time?.startsWith('2026-11-20'))
        .map((row: DatedRow) =>
          row.time === undefined ? { ...row, fields: { active_users: row.fields.active_users ?? Number.NaN } } : row,
        ),
    note: 'only the count and the day of the post that is wrong are missing',
  };
}

/** The list of the first subreddit, on three pages, cannot be trusted from some day on. */
function incomplete(requests: number, why: string, from: string): Cell {
  return {
    status: 'partial',
    requests,
    problems: [
      {
        target: `r/${one.toLowerCase()}`,
        item: `posts of ${one}`,
        kind: 'incomplete',
        message: `Reddit's list of the newest posts ${why}: what follows is missing`,
      },
    ],
    stored: (truth) => truth.filter((row: DatedRow) => row.tags.subreddit !== one || row.time === undefined || row.time >= from),
    note: 'the days that were told wholly are kept',
  };
}

function well(requests = 5): Cell {
  return { status: 'ok', requests, problems: [], stored: everything };
}

export const redditCells: Partial<Record<FaultName, Cell>> = {
  refuse: failed('network', '{what}: {at} refused the connection', usual),
  hang: failed('timeout', '{what}: {at} did not answer within {limit}', usual),
  drip: failed('timeout', '{what}: {at} did not answer within {limit}', usual),
  reset: failed('network', '{what}: {at} broke the connection', usual),
  truncate: failed('network', '{what}: {at} broke the connection', usual),
  'html-200': failed('invalid-answer', '{what}: {at} answered with a web page (Sign in)', usual),
  'error-200': failed(
    'invalid-answer',
    '{what}: {at} answered what was not expected: kind: expected string, received undefined (and 1 more) (something went wrong)',
  ),
  '202': failed('not-yet', 'Reddit has no answer yet (202)', usual),
  '204': failed('invalid-answer', '{what}: {at} answered what was not expected: an answer that is none (204)'),
  'redirect-loop': failed('invalid-answer', '{what}: {at} answered 301'),
  '401': blocked('unauthorized', 'Reddit does not accept the token that it gave to the app: its access may have been revoked'),
  '403-scope': failed('forbidden', '{what}: {at} answered 403 (Forbidden)'),
  '403-rate': failed('quota', '{what}: {at} answered 403 (Forbidden)', told(60)),
  '403-html': blocked(
    'blocked',
    'Reddit blocks this app or this address: check "userAgent", and whether the app is approved (https://support.reddithelp.com/hc/en-us/articles/16160319875092)',
  ),
  '404': failed('not-found', 'Reddit has no such subreddit: check the name'),
  '413': failed('too-large', '{what}: {at} answered 413 (Payload Too Large)'),
  '429-seconds': failed('rate-limited', '{what}: {at} answered 429 (Too Many Requests)', told(7)),
  '429-date': failed('rate-limited', '{what}: {at} answered 429 (Too Many Requests)', toldUntil(30)),
  '429-bare': failed('rate-limited', '{what}: {at} answered 429 (Too Many Requests)', bare),
  '429-absurd': failed(
    'rate-limited',
    '{what}: {at} answered 429 (Too Many Requests); the upstream asked for a pause until {time}, and the run does not wait that long',
  ),
  '500-then-well': { ...well(5 + 4), retried: { waits: usual.slice(0, 1), calls: 4 } },
  '502-html': failed('server', '{what}: {at} answered 502 (Bad gateway)', usual),
  // The token, two subreddits, one page of the second; and of the first two, where the third would come.
  'page-twice': incomplete(6, 'came back to where it was before', '2026-11-21'),
  'endless-pages': {
    status: 'partial',
    requests: 3 + 2 * 25,
    problems: [one, two].map((name) => ({
      target: `r/${name.toLowerCase()}`,
      item: `posts of ${name}`,
      kind: 'incomplete',
      message: "Reddit's list of the newest posts did not end after 25 pages: what follows is missing",
    })),
    stored: (truth) => truth.filter((row: DatedRow) => row.time === undefined || row.time >= '2026-11-21'),
    note: 'the days that were told wholly are kept',
  },
  'cursor-repeats': incomplete(6, 'came back to where it was before', '2026-11-19'),
  'invalid-utf8': failed('invalid-answer', '{what}: {at} answered with text that is not UTF-8', usual),
  nan: failed('invalid-answer', '{what}: {at} answered with broken JSON', usual),
  'unsafe-integer': firstWrong('Too big: expected int to be <=9007199254740991'),
  negative: firstWrong('Too small: expected number to be >=0'),
  'number-as-string': firstWrong('expected number, received string'),
  'missing-field': firstWrong('expected number, received undefined', false),
  'extra-field': well(),
  'falling-counter': {
    ...well(),
    stored: (truth) => truth.map(fallen),
    note: 'it is stored as it is told; what was stored before stays',
  },
  'redirect-other-origin': failed('invalid-answer', '{what}: {at} answered 302'),
};

/** Of each subreddit the subscribers, and the two comments on the newest post: of the 20th. */
function fallen(row: DatedRow): DatedRow {
  const { fields, time } = row;
  if (time === undefined) return { ...row, fields: { ...fields, subscribers: Math.floor(Number(fields.subscribers) / 2) } };
  return time.startsWith('2026-11-20') ? { ...row, fields: { ...fields, comments: Number(fields.comments) - 1 } } : row;
}
