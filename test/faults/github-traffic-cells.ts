import type { ProblemKind } from '../../src/sdk/errors.ts';
import type { FaultName } from '../../src/testing/stand-in.ts';
import { bare, type Cell, everything, nothing, told, toldUntil, usual, type Wait, world } from './cells.ts';

const repo = `${world}visited/site`;
const target = `traffic of ${repo}`;
const asked = [
  `the referrers of ${repo}: {host}/repos/${repo}/traffic/popular/referrers`,
  `the popular paths of ${repo}: {host}/repos/${repo}/traffic/popular/paths`,
] as const;

/** The repository's name by GraphQL, which is well, and the first request of REST: it speaks for the other. */
function failed(kind: ProblemKind, message: string, waits?: readonly Wait[]): Cell {
  return {
    status: 'failed',
    requests: 2 + (waits?.length ?? 0),
    ...(waits && { retried: { waits, calls: 1 } }),
    problems: [{ target, kind, message: message.replace('{at}', asked[0]) }],
    stored: nothing,
  };
}

/** What says nothing of the next request: both are asked for, and the first is the target's error. */
function bothFailed(kind: ProblemKind, message: string, waits?: readonly Wait[]): Cell {
  const [first, second] = asked.map((at) => ({ target, kind, message: message.replace('{at}', at) }));
  return {
    ...failed(kind, message),
    requests: 3 + 2 * (waits?.length ?? 0),
    ...(waits && { retried: { waits, calls: 2 } }),
    problems: [first, { ...second, item: repo }] as Cell['problems'],
  };
}

/** The one row of each answer. */
function wrongNumber(why: string): Cell {
  const rows = [`the referrers of ${repo}, Google`, `the popular paths of ${repo}, /${repo}`];
  return {
    ...well(),
    // The row is all that there was.
    status: 'failed',
    problems: rows.map((row) => ({
      target,
      item: repo,
      kind: 'invalid-answer' as const,
      message: `GitHub answered for ${row} what it does not document: count: ${why}`,
    })),
    stored: nothing,
  };
}

/** Name, referrers, paths. */
function well(requests = 3): Cell {
  return { status: 'ok', requests, problems: [], stored: everything };
}

/** The part of GitHub that is asked by REST. */
export const githubTrafficCells: Partial<Record<FaultName, Cell>> = {
  refuse: failed('network', '{at} refused the connection', usual),
  hang: failed('timeout', '{at} did not answer within {limit}', usual),
  drip: failed('timeout', '{at} did not answer within {limit}', usual),
  reset: failed('network', '{at} broke the connection', usual),
  truncate: failed('network', '{at} broke the connection', usual),
  'html-200': bothFailed('invalid-answer', '{at} answered with a web page (Sign in)', usual),
  'error-200': bothFailed('invalid-answer', '{at} answered what was not expected: expected array, received object (something went wrong)'),
  '202': bothFailed('not-yet', '{at} answered 202', usual),
  '204': bothFailed('invalid-answer', '{at} answered 204'),
  'redirect-loop': { ...bothFailed('invalid-answer', '{at} redirects more than 5 times'), arrived: 13 },
  '401': {
    ...failed('unauthorized', 'GitHub does not accept the token: it is wrong, expired or revoked; make a new one and set it as "token"'),
    status: 'blocked',
  },
  '403-scope': failed(
    'forbidden',
    'GitHub shows the traffic only to who may push to the repository: the token needs the scope "repo" ("public_repo" for what is public), or as a fine-grained one "Administration: read", and its user write access',
  ),
  '403-rate': failed('quota', '{at} answered 403 (API rate limit exceeded)', toldUntil(60)),
  '403-html': { ...failed('blocked', '{at} answered 403 (Go away)'), status: 'blocked' },
  '404': failed('not-found', 'GitHub finds no such repository that the token may see: correct the name, or remove it from the config'),
  '413': bothFailed('too-large', 'GitHub finds the request too large'),
  '429-seconds': failed('rate-limited', '{at} answered 429 (Too Many Requests)', told(7)),
  '429-date': failed('rate-limited', '{at} answered 429 (Too Many Requests)', toldUntil(30)),
  '429-bare': failed('rate-limited', '{at} answered 429 (Too Many Requests)', bare),
  '429-absurd': failed(
    'rate-limited',
    '{at} answered 429 (Too Many Requests); the upstream asked for a pause until {time}, and the run does not wait that long',
  ),
  '500-then-well': { ...well(5), retried: { waits: usual.slice(0, 1), calls: 2 } },
  '502-html': bothFailed('server', '{at} answered 502 (Bad gateway)', usual),
  'invalid-utf8': bothFailed('invalid-answer', '{at} answered with text that is not UTF-8', usual),
  nan: bothFailed('invalid-answer', '{at} answered with broken JSON', usual),
  'unsafe-integer': wrongNumber('Too big: expected int to be <=9007199254740991'),
  negative: wrongNumber('Too small: expected number to be >=0'),
  'number-as-string': wrongNumber('expected number, received string'),
  'missing-field': wrongNumber('expected number, received undefined'),
  'extra-field': well(),
  // Views of the last 14 days: they may fall.
  'falling-counter': {
    ...well(),
    stored: (truth) => truth.map((row) => ({ ...row, fields: { ...row.fields, views: Math.floor(Number(row.fields.views) / 2) } })),
    note: 'it is stored as it is told; what was stored before stays',
  },
  'redirect-other-origin': bothFailed(
    'invalid-answer',
    '{at} redirects to another origin, http://{other}, to which its credentials must not go',
  ),
};
