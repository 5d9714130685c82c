import type { ProblemKind } from '../../src/sdk/errors.ts';
import type { FaultName } from '../../src/testing/stand-in.ts';
import { manyNames } from '../../src/testing/stand-ins/github/index.ts';
import { bare, type Cell, everything, nothing, told, toldUntil, usual, type Wait, without, world } from './cells.ts';

const single = `${world}-user/single`;
const list = `the repositories of ${world}`;

/** Both targets, the organisation and the repository, fail in the same way; their queries go one after another. */
function failed(kind: ProblemKind, message: string, waits?: readonly Wait[]): Cell {
  return {
    status: 'failed',
    requests: 2 * (1 + (waits?.length ?? 0)),
    ...(waits && { retried: { waits, calls: 2 } }),
    problems: [
      { target: world, kind, message: message.replace('{what}', list) },
      { target: single, kind, message: message.replace('{what}', single) },
    ],
    stored: nothing,
  };
}

/** GitHub refuses the token or the address: the second target is not tried. */
function blocked(kind: ProblemKind, message: string): Cell {
  return {
    status: 'blocked',
    requests: 1,
    problems: [
      { target: world, kind, message },
      { kind, message: `1 of 2 targets did not end: ${message}` },
    ],
    stored: nothing,
  };
}

/** The first repository of each answer is wrong. */
function oneWrong(why: string): Cell {
  const wrong = [`${world}/repository-00000`, single];
  return {
    status: 'partial',
    requests: 2,
    problems: wrong.map((name) => ({
      target: name === single ? single : world,
      item: name,
      kind: 'invalid-answer',
      message: `GitHub answered for ${name} what it does not document: stargazerCount: ${why}`,
    })),
    stored: without(...wrong),
    note: 'only the repository that is wrong is missing',
  };
}

/** The organisation's list of 250 repositories, on three pages, cannot be trusted. */
function incomplete(requests: number, message: string, ...missing: readonly string[]): Cell {
  return {
    status: 'partial',
    requests,
    problems: [{ target: world, item: world, kind: 'incomplete', message }],
    stored: without(...missing),
  };
}

function well(requests = 2): Cell {
  return { status: 'ok', requests, problems: [], stored: everything };
}

const names = manyNames(world, 250);

export const githubCells: Partial<Record<FaultName, Cell>> = {
  refuse: failed('network', '{what}: {host}/graphql refused the connection', usual),
  hang: failed('timeout', '{what}: {host}/graphql did not answer within {limit}', usual),
  drip: failed('timeout', '{what}: {host}/graphql did not answer within {limit}', usual),
  reset: failed('network', '{what}: {host}/graphql broke the connection', usual),
  truncate: failed('network', '{what}: {host}/graphql broke the connection', usual),
  'html-200': failed('invalid-answer', '{what}: {host}/graphql answered with a web page (Sign in)', usual),
  'error-200': failed(
    'invalid-answer',
    '{what}: {host}/graphql answered what was not expected: it is no answer of GraphQL: is "baseUrl" right?',
  ),
  '202': failed('not-yet', 'GitHub has no answer yet (202)', usual),
  '204': failed('invalid-answer', '{what}: {host}/graphql answered what was not expected: an answer without content (204)'),
  'redirect-loop': failed(
    'invalid-answer',
    '{what}: {host}/graphql redirects a POST to {host}/graphql, which is not followed: check the address in the config',
  ),
  '401': blocked('unauthorized', 'GitHub does not accept the token: it is wrong, expired or revoked; make a new one and set it as "token"'),
  '403-scope': failed('forbidden', 'GitHub refuses this to the token: it needs to read metadata, issues and pull requests'),
  '403-rate': failed('quota', '{what}: {host}/graphql answered 403 (API rate limit exceeded)', toldUntil(60)),
  '403-html': blocked('blocked', `${list}: {host}/graphql answered 403 (Go away)`),
  '404': failed('not-found', 'GitHub\'s GraphQL is not at this address (404): is "baseUrl" right?'),
  '413': {
    status: 'failed',
    // The page at 100, 50, 25, 12, 6, 3 and 1, then its names alone; and the repository.
    requests: 9,
    problems: [
      { target: world, kind: 'too-large', message: `${list}: {host}/graphql answered 413 (Payload Too Large)` },
      { target: single, item: single, kind: 'too-large', message: `${single}: {host}/graphql answered 413 (Payload Too Large)` },
    ],
    stored: nothing,
    note: 'less is asked for at once, down to one repository',
  },
  '429-seconds': failed('rate-limited', '{what}: {host}/graphql answered 429 (Too Many Requests)', told(7)),
  '429-date': failed('rate-limited', '{what}: {host}/graphql answered 429 (Too Many Requests)', toldUntil(30)),
  '429-bare': failed('rate-limited', '{what}: {host}/graphql answered 429 (Too Many Requests)', bare),
  '429-absurd': {
    status: 'failed',
    // The pause is the token's: the second target need not ask to know.
    requests: 1,
    problems: [
      {
        target: world,
        kind: 'rate-limited',
        message: `${list}: {host}/graphql answered 429 (Too Many Requests); the upstream asked for a pause until {time}, and the run does not wait that long`,
      },
      {
        target: single,
        kind: 'rate-limited',
        message: `${single}: the upstream asked for a pause until {time}, and the run does not wait that long`,
      },
    ],
    stored: nothing,
  },
  '500-then-well': { ...well(3), retried: { waits: usual.slice(0, 1), calls: 1 } },
  '502-html': {
    status: 'failed',
    // As 413, but each is tried twice: a gateway may only be late.
    requests: 18,
    retried: { waits: usual.slice(0, 1), calls: 9 },
    problems: [
      { target: world, kind: 'server', message: 'GitHub answered 502, which it does when a query takes it too long' },
      { target: single, item: single, kind: 'server', message: 'GitHub answered 502, which it does when a query takes it too long' },
    ],
    stored: nothing,
    note: 'less is asked for at once, down to one repository; each size is tried twice',
  },
  'page-twice': incomplete(
    4,
    `GitHub says that ${world} has 250 repositories, and listed 150: the rest is missing`,
    ...names.slice(100, 200),
  ),
  'endless-pages': incomplete(7, `GitHub's list of what ${world} has brought nothing new on 3 pages: the rest is missing, if there is any`),
  'cursor-repeats': incomplete(
    3,
    `GitHub's list of what ${world} has came back to where it was before: the rest is missing`,
    ...names.slice(200),
  ),
  'invalid-utf8': failed('invalid-answer', '{what}: {host}/graphql answered with text that is not UTF-8', usual),
  nan: failed('invalid-answer', '{what}: {host}/graphql answered with broken JSON', usual),
  'unsafe-integer': oneWrong('Too big: expected int to be <=9007199254740991'),
  negative: oneWrong('Too small: expected number to be >=0'),
  'number-as-string': oneWrong('expected number, received string'),
  'missing-field': oneWrong('expected number, received undefined'),
  'extra-field': well(),
  // Stars are a gauge: they may fall. It is stored as it is told.
  'falling-counter': {
    ...well(),
    stored: (truth) =>
      truth.map((row) => {
        const { stars } = row.fields;
        const spoilt = row.tags.repo === `${world}/repository-00000` || row.tags.repo === single;
        return spoilt ? { ...row, fields: { ...row.fields, stars: Math.floor(Number(stars) / 2) } } : row;
      }),
    note: 'it is stored as it is told; what was stored before stays',
  },
  'redirect-other-origin': failed(
    'invalid-answer',
    '{what}: {host}/graphql redirects a POST to {other}/graphql, which is not followed: check the address in the config',
  ),
};
