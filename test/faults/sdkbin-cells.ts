import type { ProblemKind } from '../../src/sdk/errors.ts';
import type { FaultName } from '../../src/testing/stand-in.ts';
import { bare, type Cell, everything, heldTotal, nothing, told, toldUntil, usual, type Wait, withoutTotals, world } from './cells.ts';

const targets = [`package ${world}.Kit`, `package ${world}.Other`];
const place = '{host}/auth/***/search/0/query';

/** Both packages fail in the same way. One request more is that of the service index, which is well. */
function failed(kind: ProblemKind, message: string, waits?: readonly Wait[]): Cell {
  return {
    status: 'failed',
    requests: 1 + 2 * (1 + (waits?.length ?? 0)),
    ...(waits && { retried: { waits, calls: 2 } }),
    problems: targets.map((target) => ({ target, kind, message: message.replace('{what}', target).replace('{at}', place) })),
    stored: nothing,
  };
}

function blocked(kind: ProblemKind, message: string): Cell {
  return { ...failed(kind, message), status: 'blocked' };
}

/** The service index, two pages of the one package and one of the other. */
function well(requests = 4): Cell {
  return { status: 'ok', requests, problems: [], stored: everything };
}

/** What is read of a page is read of the wanted package: the first page of the kit does not have it. */
function allWrong(why: string): Cell {
  const message = `the search answered with a package that is not well-formed: totalDownloads: ${why}`;
  return { ...failed('invalid-answer', message), requests: 4 };
}

export const sdkbinCells: Partial<Record<FaultName, Cell>> = {
  refuse: failed('network', '{what}: {at} refused the connection', usual),
  hang: failed('timeout', '{what}: {at} did not answer within {limit}', usual),
  drip: failed('timeout', '{what}: {at} did not answer within {limit}', usual),
  reset: failed('network', '{what}: {at} broke the connection', usual),
  truncate: failed('network', '{what}: {at} broke the connection', usual),
  'html-200': failed('invalid-answer', '{what}: {at} answered with a web page (Sign in)', usual),
  'error-200': failed(
    'invalid-answer',
    '{what}: {at} answered what was not expected: totalHits: expected number, received undefined (and 1 more) (something went wrong)',
  ),
  '202': failed('not-yet', '{what}: {at} answered 202', usual),
  '204': failed('invalid-answer', '{what}: {at} answered 204'),
  'redirect-loop': { ...failed('invalid-answer', '{what}: {at} redirects more than 5 times'), arrived: 1 + 2 * 6 },
  '401': blocked('unauthorized', '{what}: {at} answered 401 (Bad credentials)'),
  '403-scope': failed('forbidden', '{what}: {at} answered 403 (Resource not accessible by this token)'),
  '403-rate': failed('quota', '{what}: {at} answered 403 (API rate limit exceeded)', toldUntil(60)),
  '403-html': blocked('blocked', '{what}: {at} answered 403 (Go away)'),
  '404': failed('not-found', '{what}: {at} answered 404 (Not Found)'),
  '413': failed('too-large', '{what}: {at} answered 413 (Payload Too Large)'),
  '429-seconds': failed('rate-limited', '{what}: {at} answered 429 (Too Many Requests)', told(7)),
  '429-date': failed('rate-limited', '{what}: {at} answered 429 (Too Many Requests)', toldUntil(30)),
  '429-bare': failed('rate-limited', '{what}: {at} answered 429 (Too Many Requests)', bare),
  '429-absurd': failed(
    'rate-limited',
    '{what}: {at} answered 429 (Too Many Requests); the upstream asked for a pause until {time}, and the run does not wait that long',
  ),
  '500-then-well': { ...well(4 + 3), retried: { waits: usual.slice(0, 1), calls: 3 } },
  '502-html': failed('server', '{what}: {at} answered 502 (Bad gateway)', usual),
  'page-twice': {
    status: 'partial',
    requests: 4,
    problems: [
      {
        target: `package ${world}.Kit`,
        kind: 'incomplete',
        message: `package ${world}.Kit may be listed, but pages repeated or were cut: 2 of 3 packages were told`,
      },
    ],
    stored: (truth) => truth.filter(({ tags }) => tags.package === `${world}.Other`),
  },
  'endless-pages': {
    status: 'failed',
    requests: 1 + 2 * 10,
    problems: targets.map((target) => ({
      target,
      kind: 'incomplete',
      message: `${target} is not among the first 1000 that the search answers with`,
    })),
    stored: nothing,
  },
  'invalid-utf8': failed('invalid-answer', '{what}: {at} answered with text that is not UTF-8', usual),
  nan: failed('invalid-answer', '{what}: {at} answered with broken JSON', usual),
  'unsafe-integer': allWrong('Too big: expected int to be <=9007199254740991'),
  negative: allWrong('Too small: expected number to be >=0'),
  'number-as-string': allWrong('expected number, received string'),
  'missing-field': { ...well(), note: 'the total is the sum over the versions, where each has its number; else it is left out' },
  'extra-field': well(),
  'falling-counter': {
    ...well(),
    status: 'partial',
    problems: [heldTotal('sdkbin_package', `${world}.Kit`, 110), heldTotal('sdkbin_package', `${world}.Other`, 120)],
    stored: withoutTotals,
    note: 'it is held back; what was stored before stays',
  },
  'redirect-other-origin': failed(
    'invalid-answer',
    '{what}: {at} redirects to another origin, http://{other}, to which its credentials must not go',
  ),
};
