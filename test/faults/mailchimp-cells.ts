import type { ProblemKind } from '../../src/sdk/errors.ts';
import type { FaultName } from '../../src/testing/stand-in.ts';
import { bare, type Cell, type ExpectedRow, everything, nothing, told, toldUntil, usual, type Wait, world } from './cells.ts';
import type { DatedRow } from './mailchimp-upstream.ts';
import type { Row } from './upstreams.ts';

const [one, other] = [`${world}a`, `${world}b`];

/** All three, the lists, the campaigns and the automations, fail in the same way; the days and months of lists are not reached. */
function failed(kind: ProblemKind, message: string, waits?: readonly Wait[]): Cell {
  return {
    status: 'failed',
    requests: 3 * (1 + (waits?.length ?? 0)),
    ...(waits && { retried: { waits, calls: 3 } }),
    problems: [
      ['lists', 'lists'],
      ['campaigns', 'reports'],
      ['automations', 'automations'],
    ].map(([target = '', path]) => ({
      target,
      kind,
      message: message.replace('{what}', target).replace('{at}', `{host}/3.0/${path}`),
    })),
    stored: nothing,
  };
}

function blocked(kind: ProblemKind, message: string): Cell {
  return { ...failed(kind, message), status: 'blocked' };
}

/** The first item of each answer is wrong. */
function firstWrong(why: string): Cell {
  const wrong = [
    ...[one, other].flatMap((id) => [
      { target: `list ${id}`, item: `${id} 2026-11-20`, what: `list ${id} on 2026-11-20`, field: 'unique_opens' },
      { target: `list ${id}`, item: `${id} 2026-11`, what: `list ${id} in 2026-11`, field: 'subscribed' },
    ]),
    { target: `list ${one}`, item: one, what: `list ${one}`, field: 'stats.member_count' },
    { target: 'campaigns', item: `${world}c0`, what: `campaign ${world}c0`, field: 'emails_sent' },
    { target: 'automations', item: `${world}w0`, what: `automation ${world}w0`, field: 'emails_sent' },
  ];
  return {
    status: 'partial',
    requests: 7,
    problems: wrong.map(({ target, item, what, field }) => ({
      target,
      item,
      kind: 'invalid-answer',
      message: `Mailchimp answered for ${what} what it does not document: ${field}: ${why}`,
    })),
    stored: (truth) => truth.filter((row) => !isFirst(row)),
    note: 'only what is wrong is missing: a list, a day, a month, a campaign, an automation',
  };
}

/** Whether a row is of the first item of an answer. */
function isFirst({ measurement, tags, time }: DatedRow): boolean {
  switch (measurement) {
    case 'mailchimp_list':
      return tags.list === one;
    case 'mailchimp_list_activity':
      return time === '2026-11-20T00:00:00.000Z';
    case 'mailchimp_list_growth':
      return time === '2026-11-01T00:00:00.000Z';
    default:
      return tags.campaign === `${world}c0` || tags.automation === `${world}w0`;
  }
}

/** The lists, the days and months of two, a page of campaigns, the automations. */
function well(requests = 7): Cell {
  return { status: 'ok', requests, problems: [], stored: everything };
}

/** The campaigns, on pages of two, cannot be trusted. */
function incomplete(pages: number, message: string, stored: Cell['stored']): Cell {
  return {
    status: 'partial',
    requests: 6 + pages,
    problems: [{ target: 'campaigns', item: 'campaigns', kind: 'incomplete', message }],
    stored,
  };
}

export const mailchimpCells: Partial<Record<FaultName, Cell>> = {
  refuse: failed('network', '{what}: {at} refused the connection', usual),
  hang: failed('timeout', '{what}: {at} did not answer within {limit}', usual),
  drip: failed('timeout', '{what}: {at} did not answer within {limit}', usual),
  reset: failed('network', '{what}: {at} broke the connection', usual),
  truncate: failed('network', '{what}: {at} broke the connection', usual),
  'html-200': failed('invalid-answer', '{what}: {at} answered with a web page (Sign in)', usual),
  'error-200': {
    ...failed('invalid-answer', ''),
    problems: [
      ['lists', 'lists', 'lists'],
      ['campaigns', 'reports', 'reports'],
      ['automations', 'automations', 'automations'],
    ].map(([target = '', path, property]) => ({
      target,
      kind: 'invalid-answer',
      message: `${target}: {host}/3.0/${path} answered what was not expected: ${property}: expected array, received undefined (something went wrong)`,
    })),
  },
  '202': failed('not-yet', 'Mailchimp has no answer yet (202)', usual),
  '204': failed('invalid-answer', '{what}: {at} answered what was not expected: an answer with status 204'),
  'redirect-loop': { ...failed('invalid-answer', '{what}: {at} redirects more than 5 times'), arrived: 3 * 6 },
  '401': blocked('unauthorized', 'Mailchimp does not accept the key: it is wrong or was revoked; make a new one and set it as "apiKey"'),
  '403-scope': failed(
    'forbidden',
    'Mailchimp refuses this to the key (User action not permitted: User does not have access to the requested operation): its user needs another role',
  ),
  '403-rate': {
    ...failed('rate-limited', 'Mailchimp answered 403 without a reason, which is how it says that it was asked too much', bare),
    note: 'a 403 without a reason is throttling',
  },
  '403-html': blocked('blocked', '{what}: {at} answered 403 (Go away)'),
  '404': failed('not-found', '{what}: {at} answered 404 (The requested resource could not be found.)'),
  '413': {
    ...failed('too-large', '{what}: {at} answered 413 (Payload Too Large)'),
    // Each collection at 1000, 500, 250, 125, 63, 32, 16, 8, 4, 2 and 1.
    requests: 3 * 11,
    note: 'less is asked for at once, down to one item',
  },
  '429-seconds': failed('rate-limited', '{what}: {at} answered 429 (Too Many Requests)', told(7)),
  '429-date': failed('rate-limited', '{what}: {at} answered 429 (Too Many Requests)', toldUntil(30)),
  '429-bare': failed('rate-limited', '{what}: {at} answered 429 (You have exceeded the limit of 10 simultaneous connections.)', bare),
  '429-absurd': failed(
    'rate-limited',
    '{what}: {at} answered 429 (Too Many Requests); the upstream asked for a pause until {time}, and the run does not wait that long',
  ),
  '500-then-well': { ...well(7 + 7), retried: { waits: usual.slice(0, 1), calls: 7 } },
  '502-html': failed('server', '{what}: {at} answered 502 (Bad gateway)', usual),
  'page-twice': incomplete(3, '2 of 6 campaigns were not listed: pages repeated, were cut, or did not end', (truth) =>
    truth.filter(({ tags }) => tags.campaign !== `${world}c2` && tags.campaign !== `${world}c3`),
  ),
  'endless-pages': incomplete(50, '950000 of 1000000 campaigns were not listed: pages repeated, were cut, or did not end', endless),
  'invalid-utf8': failed('invalid-answer', '{what}: {at} answered with text that is not UTF-8', usual),
  nan: failed('invalid-answer', '{what}: {at} answered with broken JSON', usual),
  'unsafe-integer': firstWrong('Too big: expected int to be <=9007199254740991'),
  negative: firstWrong('Too small: expected number to be >=0'),
  'number-as-string': firstWrong('expected number, received string'),
  'missing-field': firstWrong('expected number, received undefined'),
  'extra-field': well(),
  'falling-counter': {
    ...well(),
    stored: (truth) => truth.map((row) => (isFirst(row) ? { ...row, fields: { ...row.fields, ...halved(row) } } : row)),
    note: 'it is stored as it is told; what a snapshot stored before stays',
  },
  'redirect-other-origin': failed(
    'invalid-answer',
    '{what}: {at} redirects to another origin, http://{other}, to which its credentials must not go',
  ),
};

/** The number that fell, by the measurement. */
const falling: Readonly<Record<string, string>> = {
  mailchimp_list: 'members',
  mailchimp_list_activity: 'unique_opens',
  mailchimp_list_growth: 'subscribed',
  mailchimp_campaign: 'emails_sent',
  mailchimp_automation: 'emails_sent',
};

function halved({ measurement, fields }: Row): Row['fields'] {
  const name = falling[measurement] ?? '';
  return { [name]: Math.floor(Number(fields[name]) / 2) };
}

/** What the collection that never ends told, up to where it was left: each campaign with the numbers of the first. */
function endless(truth: readonly Row[]): readonly ExpectedRow[] {
  const model = truth.find(({ tags }) => tags.campaign === `${world}c0`);
  const told = Array.from(
    { length: 50_000 },
    (_, place) => ({ ...model, tags: { ...model?.tags, campaign: `endless${place}` } }) as ExpectedRow,
  );
  return [...truth.filter(({ tags }) => tags.campaign === undefined), ...told];
}
