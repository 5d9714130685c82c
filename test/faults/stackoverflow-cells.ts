import type { ProblemKind } from '../../src/sdk/errors.ts';
import type { FaultName } from '../../src/testing/stand-in.ts';
import { bare, type Cell, everything, nothing, told, toldUntil, usual, type Wait, world } from './cells.ts';
import type { DatedRow } from './stackoverflow-upstream.ts';

const names = ['one', 'two'].map((name) => `${world}-${name}`);
const place = '{host}/2.3/questions/unanswered';

/** Both tags fail in the same way, one after another, at their first count. One request more finds both, and is well. */
function failed(kind: ProblemKind, message: string, waits?: readonly Wait[]): Cell {
  return {
    status: 'failed',
    requests: 1 + 2 * (1 + (waits?.length ?? 0)),
    ...(waits && { retried: { waits, calls: 2 } }),
    problems: names.map((name) => ({
      target: `tag ${name}`,
      kind,
      message: message.replace('{what}', `unanswered questions of ${name}`).replace('{at}', place),
    })),
    stored: nothing,
  };
}

/** The second tag is not tried. */
function blocked(kind: ProblemKind, message: string): Cell {
  const spelt = message.replace('{what}', `unanswered questions of ${names[0]}`).replace('{at}', place);
  return {
    status: 'blocked',
    requests: 2,
    problems: [
      { target: `tag ${names[0]}`, kind, message: spelt },
      { kind, message: `1 of 2 targets did not end: ${spelt}` },
    ],
    stored: nothing,
  };
}

function wrong(why: string): Cell {
  return failed('invalid-answer', `{what}: {at} answered what was not expected: total: ${why}`);
}

function well(requests = 21): Cell {
  return { status: 'ok', requests, problems: [], stored: everything };
}

const absurd = 'nothing is left of what Stack Exchange allows the "key" at this address in a day, for another 315360000 s';

export const stackoverflowCells: Partial<Record<FaultName, Cell>> = {
  refuse: failed('network', '{what}: {at} refused the connection', usual),
  hang: failed('timeout', '{what}: {at} did not answer within {limit}', usual),
  drip: failed('timeout', '{what}: {at} did not answer within {limit}', usual),
  reset: failed('network', '{what}: {at} broke the connection', usual),
  truncate: failed('network', '{what}: {at} broke the connection', usual),
  'html-200': failed('invalid-answer', '{what}: {at} answered with a web page (Sign in)', usual),
  'error-200': wrong('expected number, received undefined (something went wrong)'),
  '202': failed('not-yet', 'the API has no answer yet (202)', usual),
  '204': failed('invalid-answer', '{what}: {at} answered what was not expected: an answer that is none (204)'),
  'redirect-loop': { ...failed('invalid-answer', '{what}: {at} redirects more than 5 times'), arrived: 1 + 2 * 6 },
  '401': blocked('unauthorized', 'Stack Exchange wants another credential (invalid_access_token: access_token is not valid): check "key"'),
  '403-scope': failed('forbidden', 'Stack Exchange refuses this (access_denied: this application may not do that)'),
  '403-rate': failed(
    'rate-limited',
    'Stack Exchange takes nothing from this address for another 60 s: it was asked more than 30 times a second, or the quota of the day is used up until then',
    told(60),
  ),
  '403-html': blocked('blocked', '{what}: {at} answered 403 (Go away)'),
  '404': failed('not-found', 'Stack Exchange has no such method (no_method: no method found with this name): is "baseUrl" right?'),
  '413': failed('too-large', '{what}: {at} answered 413 (Payload Too Large)'),
  '429-seconds': failed('rate-limited', '{what}: {at} answered 429 (Too Many Requests)', told(7)),
  '429-date': failed('rate-limited', '{what}: {at} answered 429 (Too Many Requests)', toldUntil(30)),
  '429-bare': failed('rate-limited', 'Stack Exchange is asked too often (throttle_violation: Violation of backoff parameter)', bare),
  '429-absurd': {
    status: 'failed',
    // The quota is the address's: the second tag need not ask to know.
    requests: 2,
    problems: [
      {
        target: `tag ${names[0]}`,
        kind: 'quota',
        message: `${absurd}; the upstream asked for a pause until {time}, and the run does not wait that long`,
      },
      {
        target: `tag ${names[1]}`,
        kind: 'quota',
        message: `unanswered questions of ${names[1]}: nothing is left of the quota until {time}, and the run does not wait that long`,
      },
    ],
    stored: nothing,
  },
  '500-then-well': { ...well(21 + 20), retried: { waits: usual.slice(0, 1), calls: 20 } },
  '502-html': failed('server', '{what}: {at} answered 502 (Bad gateway)', usual),
  'invalid-utf8': failed('invalid-answer', '{what}: {at} answered with text that is not UTF-8', usual),
  nan: failed('invalid-answer', '{what}: {at} answered with broken JSON', usual),
  'unsafe-integer': wrong('Too big: expected int to be <=9007199254740991'),
  negative: wrong('Too small: expected number to be >=0'),
  'number-as-string': wrong('expected number, received string'),
  'missing-field': wrong('expected number, received undefined'),
  'extra-field': well(),
  'falling-counter': {
    ...well(),
    stored: (truth) => truth.map(fallen),
    note: 'it is stored as it is told; what was stored before stays',
  },
  'redirect-other-origin': failed(
    'invalid-answer',
    '{what}: {at} redirects to another origin, http://{other}, to which its credentials must not go',
  ),
};

function fallen(row: DatedRow): DatedRow {
  const { measurement, fields } = row;
  if (measurement === 'stackoverflow_questions') return { ...row, fields: { questions: Math.floor(Number(fields.questions) / 2) } };
  const [unanswered, noAnswers] = [fields.unanswered, fields.no_answers].map((count) => Math.floor(Number(count) / 2));
  // The questions in all come with the tag itself.
  return { ...row, fields: { ...fields, unanswered: unanswered ?? Number.NaN, no_answers: noAnswers ?? Number.NaN } };
}
