import type { ProblemKind } from '../../src/sdk/errors.ts';
import type { FaultName } from '../../src/testing/stand-in.ts';
import {
  bare,
  type Cell,
  type ExpectedRow,
  everything,
  heldTotal,
  nothing,
  told,
  toldUntil,
  usual,
  type Wait,
  withoutTotals,
  world,
} from './cells.ts';
import type { Row } from './upstreams.ts';

const named = { target: `package ${world}.named`, what: `package ${world}.named` };
const owned = { target: `owner ${world}`, what: `packages of ${world} from 1` };
const place = '{host}/search/0/query';

/**
 * Both targets, the package and the owner, fail in the same way at each of the two search endpoints. The report names the first
 * endpoint. One request more is that of the service index, which is well.
 */
function failed(kind: ProblemKind, message: string, waits?: readonly Wait[]): Cell {
  return {
    status: 'failed',
    requests: 1 + 4 * (1 + (waits?.length ?? 0)),
    ...(waits && { retried: { waits, calls: 4 } }),
    problems: [named, owned].map(({ target, what }) => ({ target, kind, message: message.replace('{what}', what).replace('{at}', place) })),
    stored: nothing,
  };
}

function blocked(kind: ProblemKind, message: string): Cell {
  return { ...failed(kind, message), status: 'blocked' };
}

/** Every package is wrong; the owner's are named one by one. */
function allWrong(why: string): Cell {
  const message = `the search answered with a package that is not well-formed: totalDownloads: ${why}`;
  const kind = 'invalid-answer';
  const items = Array.from(
    { length: 5 },
    (_, index) => ({ target: owned.target, item: `${world}.Owned.${index}`, kind, message }) as const,
  );
  return { status: 'failed', requests: 9, problems: [{ target: named.target, kind, message }, ...items], stored: nothing };
}

/** The service index, one page of the package and three of the owner at each endpoint. */
function well(requests = 9): Cell {
  return { status: 'ok', requests, problems: [], stored: everything };
}

export const nugetCells: Partial<Record<FaultName, Cell>> = {
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
  'redirect-loop': { ...failed('invalid-answer', '{what}: {at} redirects more than 5 times'), arrived: 1 + 4 * 6 },
  '401': blocked('unauthorized', '{what}: {at} answered 401 (Bad credentials)'),
  '403-scope': failed('forbidden', '{what}: {at} answered 403 (Resource not accessible by this token)'),
  '403-rate': blocked('quota', 'the feed says that the quota of this address is used up: try again later'),
  '403-html': blocked('blocked', '{what}: {at} answered 403 (Go away)'),
  '404': failed('not-found', '{what}: {at} answered 404 (Not Found)'),
  '413': {
    ...failed('too-large', '{what}: {at} answered 413 (Payload Too Large)'),
    // At each endpoint the package, and the owner's page at 1000, 500, 250, 125, 63, 32, 16, 8, 4, 2 and 1.
    requests: 1 + 2 * (1 + 11),
    note: "less of an owner's list is asked for at once, down to one package",
  },
  '429-seconds': failed('rate-limited', 'the feed asks to wait 7 s before the next request', told(7)),
  '429-date': failed('rate-limited', '{what}: {at} answered 429 (Too Many Requests)', toldUntil(30)),
  '429-bare': failed('rate-limited', '{what}: {at} answered 429 (Too Many Requests)', bare),
  '429-absurd': {
    ...failed(
      'rate-limited',
      '{what}: {at} answered 429 (Too Many Requests); the upstream asked for a pause until {time}, and the run does not wait that long',
    ),
    // The pause is that of the feed: the second endpoint is not asked.
    requests: 3,
  },
  '500-then-well': { ...well(9 + 8), retried: { waits: usual.slice(0, 1), calls: 8 } },
  '502-html': failed('server', '{what}: {at} answered 502 (Bad gateway)', usual),
  'page-twice': {
    status: 'partial',
    requests: 7,
    problems: [
      {
        target: owned.target,
        item: world,
        kind: 'incomplete',
        message: '3 of 5 packages were not listed: pages repeated',
      },
    ],
    stored: (truth) => truth.filter(({ tags }) => !/Owned\.[234]$/.test(tags.package ?? '')),
  },
  'endless-pages': {
    status: 'partial',
    // Of each endpoint the package, and seven pages of 500.
    requests: 1 + 2 * (1 + 7),
    problems: [
      {
        target: owned.target,
        item: world,
        kind: 'incomplete',
        message:
          '996500 of 1000000 packages were not listed: a search skips 3000 packages at most, and its pages are so small that they end at 3500',
      },
    ],
    stored: endless,
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
    problems: [['Named', 9040] as const, ...[0, 1, 2, 3, 4].map((place) => [`Owned.${place}`, 1040 + place * 100] as const)].map(
      ([id, total]) => heldTotal('nuget_package', `${world}.${id}`, total),
    ),
    stored: withoutTotals,
    note: 'it is held back; what was stored before stays',
  },
  'redirect-other-origin': {
    ...failed('invalid-answer', '{what}: {at} redirects to another origin, http://{other}, to which its credentials must not go'),
    note: 'a feed without a password is followed there',
  },
};

/** What the list that never ends told, up to where it was left: each package with the numbers of the owner's first. */
function endless(truth: readonly Row[]): readonly ExpectedRow[] {
  const model = truth.filter(({ tags }) => tags.package === `${world}.Owned.0`);
  const told = Array.from({ length: 3500 }, (_, index) =>
    model.map((row) => ({ ...row, tags: { ...row.tags, package: `Endless.${index}` } })),
  );
  return [...truth.filter(({ tags }) => tags.package === `${world}.Named`), ...told.flat()];
}
