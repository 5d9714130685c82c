import type { FieldValue } from '../../src/sdk/point.ts';
import type { FaultName } from '../../src/testing/stand-in.ts';
import { type Cell, measured, world } from './cells.ts';

/** One try and one point, whatever comes: downtime is data, and a notice. */
function check(fields: Readonly<Record<string, FieldValue | typeof measured>>, more: Partial<Cell> = {}): Cell {
  const row = { measurement: 'website_check', tags: { site: world }, fields: { up: fields.reason === 'ok', redirects: 0, ...fields } };
  const { reason, status } = fields;
  const message = `is down: ${String(reason)}${status === undefined ? '' : `, answered ${String(status)}`}`;
  const down = { severity: 'notice', target: world, item: world, kind: 'notice', message } as const;
  return { status: 'ok', requests: 1, problems: reason === 'ok' ? [] : [down], stored: () => [row], ...more };
}

/** The times of an answer that came whole, over plain HTTP at an address without a name. */
const times = { response_ms: measured, connect_ms: measured, first_byte_ms: measured, transfer_ms: measured } as const;

function wrongStatus(status: number, bytes: number): Cell {
  return check({ reason: 'status', status, bytes, ...times });
}

/** A status that is well, and a page that does not say what it must. */
function noMatch(status: number, bytes: number): Cell {
  return check(
    { reason: 'match', status, bytes, matched: false, ...times },
    { note: 'a site without `match` is up: any answer with such a status will do' },
  );
}

export const websiteCells: Partial<Record<FaultName, Cell>> = {
  // It is dead before the check.
  refuse: check({ reason: 'refused' }, { arrived: 0 }),
  hang: check({ reason: 'timeout', connect_ms: measured }),
  // As many bytes as came by then.
  drip: check({ reason: 'timeout', status: 200, bytes: measured, connect_ms: measured, first_byte_ms: measured }),
  reset: check({ reason: 'reset', connect_ms: measured }),
  truncate: check({ reason: 'reset', status: 200, bytes: measured, connect_ms: measured, first_byte_ms: measured }),
  'html-200': noMatch(200, 98),
  'error-200': noMatch(200, 32),
  '202': noMatch(202, 2),
  '204': noMatch(204, 0),
  'redirect-loop': check(
    { reason: 'redirect', status: 301, redirects: 5, response_ms: measured, connect_ms: measured, first_byte_ms: measured },
    { arrived: 6 },
  ),
  '401': wrongStatus(401, 29),
  '403-scope': wrongStatus(403, 51),
  '403-rate': wrongStatus(403, 37),
  '403-html': wrongStatus(403, 98),
  '404': wrongStatus(404, 23),
  '413': wrongStatus(413, 31),
  '429-seconds': wrongStatus(429, 31),
  '429-date': wrongStatus(429, 31),
  '429-bare': wrongStatus(429, 31),
  '429-absurd': wrongStatus(429, 31),
  '500-then-well': wrongStatus(500, 35),
  '502-html': wrongStatus(502, 102),
  // The two broken bytes do not stand in what the pattern looks for.
  'invalid-utf8': check({ reason: 'ok', status: 200, bytes: 128, matched: true, ...times }),
  'redirect-other-origin': check(
    { reason: 'ok', status: 200, bytes: 126, redirects: 1, matched: true, ...times },
    { note: 'it is followed, without the secret headers' },
  ),
};
