import type { ProblemKind } from '../../src/sdk/errors.ts';
import type { FaultName } from '../../src/testing/stand-in.ts';
import { idOf } from '../../src/testing/stand-ins/google-analytics/world.ts';
import { bare, type Cell, type ExpectedRow, everything, nothing, told, toldUntil, usual, type Wait, world } from './cells.ts';
import type { Row } from './upstreams.ts';

/** One report of one property: one target, and one request, or three where there are pages. */
const target = `property ${idOf(world)}`;
const what = `traffic of property ${idOf(world)}`;
const place = `{host}/v1beta/properties/${idOf(world)}:batchRunReports`;

function failed(kind: ProblemKind, message: string, waits?: readonly Wait[]): Cell {
  return {
    status: 'failed',
    requests: 1 + (waits?.length ?? 0),
    ...(waits && { retried: { waits, calls: 1 } }),
    problems: [{ target, kind, message: message.replace('{what}', what).replaceAll('{at}', place) }],
    stored: nothing,
  };
}

function blocked(kind: ProblemKind, message: string): Cell {
  return { ...failed(kind, message), status: 'blocked' };
}

function well(requests = 1): Cell {
  return { status: 'ok', requests, problems: [], stored: everything };
}

/** The first row is bad, and all others are stored. */
function oneBad(why: string): Cell {
  const message = `1 row is not well-formed, and left out: ${why}`;
  return {
    status: 'partial',
    requests: 1,
    problems: [{ target, item: 'traffic', kind: 'invalid-answer', message }],
    stored: (truth) => truth.slice(1),
  };
}

function cutShort(requests: number, message: string, stored: Cell['stored']): Cell {
  return { status: 'partial', requests, problems: [{ target, item: 'traffic', kind: 'incomplete', message }], stored };
}

/** A second try, half a minute later. */
const sparing: readonly Wait[] = [{ seconds: 30 }];

function silent(): Cell {
  const message = '{at} did not answer within {limit}; it is not asked again, as each try takes from the quotas of the property';
  return failed('timeout', message, sparing);
}

export const googleAnalyticsCells: Partial<Record<FaultName, Cell>> = {
  refuse: failed('network', '{what}: {at} refused the connection', usual),
  hang: silent(),
  drip: silent(),
  reset: failed('network', '{what}: {at} broke the connection', usual),
  truncate: failed('network', '{what}: {at} broke the connection', usual),
  'html-200': failed('invalid-answer', '{what}: {at} answered with a web page (Sign in)', usual),
  'error-200': failed('invalid-answer', 'Google Analytics answered what is no batch of reports'),
  '202': failed('not-yet', 'Google Analytics has no answer yet (202)', usual),
  '204': failed('invalid-answer', 'Google Analytics answered without content (204)'),
  'redirect-loop': failed(
    'invalid-answer',
    '{what}: {at} redirects a POST to {at}, which is not followed: check the address in the config',
  ),
  '401': blocked('unauthorized', 'Google does not accept the credentials (Request had invalid authentication credentials.)'),
  '403-scope': failed(
    'forbidden',
    'the credentials may not read this property: give their e-mail address the role Viewer on it (User does not have sufficient permissions for this property.)',
  ),
  '403-html': blocked('blocked', '{what}: {at} answered 403 (Go away)'),
  '404': failed('not-found', 'Google Analytics does not know what was asked for: are the property and "baseUrl" right?'),
  '413': {
    ...failed('too-large', '{what}: {at} answered 413 (Payload Too Large)'),
    problems: [{ target, item: 'traffic', kind: 'too-large', message: `${what}: ${place} answered 413 (Payload Too Large)` }],
    note: 'of several reports each is asked for by itself',
  },
  '429-seconds': failed('rate-limited', '{what}: {at} answered 429 (Too Many Requests)', told(7)),
  '429-date': failed('rate-limited', '{what}: {at} answered 429 (Too Many Requests)', toldUntil(30)),
  '429-bare': failed(
    'rate-limited',
    'a quota of Google Analytics is used up (Exhausted concurrent requests quota. Please send fewer requests concurrently.)',
    bare,
  ),
  '429-absurd': failed(
    'rate-limited',
    '{what}: {at} answered 429 (Too Many Requests); the upstream asked for a pause until {time}, and the run does not wait that long',
  ),
  '500-then-well': { ...well(2), retried: { waits: sparing, calls: 1 } },
  '502-html': failed(
    'server',
    'Google Analytics failed: status 502 (Bad gateway); it is not asked again, as it bears ten server errors an hour',
    sparing,
  ),
  'page-twice': cutShort(2, 'a page came twice: 53 of 93 rows are missing', (truth) => truth.slice(0, 40)),
  'endless-pages': cutShort(100, 'more than 100 pages are not read: 990 of 1990 rows are missing', endless),
  'invalid-utf8': failed('invalid-answer', '{what}: {at} answered with text that is not UTF-8', usual),
  nan: oneBad('sessions is no number'),
  'unsafe-integer': oneBad('sessions is too large to be exact'),
  negative: oneBad('sessions is negative'),
  'number-as-string': { ...well(), note: 'its values are text, and a count of rows may be' },
  'missing-field': oneBad('it has not one value for each metric'),
  'extra-field': well(),
  'falling-counter': {
    ...well(),
    stored: (truth) =>
      truth.map((row, index) =>
        index === 0 ? { ...row, fields: { ...row.fields, sessions: Math.floor(Number(row.fields.sessions) / 2) } } : row,
      ),
    note: 'a day is what was told of it last',
  },
  'redirect-other-origin': failed(
    'invalid-answer',
    `{what}: {at} redirects a POST to ${place.replace('{host}', '{other}')}, which is not followed: check the address in the config`,
  ),
};

/** What the pages that never end told, up to where they were left: ten rows each, with the numbers of the first. */
function endless(truth: readonly Row[]): readonly ExpectedRow[] {
  const [model] = truth;
  if (!model) return [];
  return Array.from({ length: 1000 }, (_, index) => ({ ...model, tags: { ...model.tags, new_vs_returning: `endless ${index}` } }));
}
