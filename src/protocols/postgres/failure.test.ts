import { expect, it } from 'vitest';
import { connectionFailure, isOfServer, isPassing, type ServerError } from './failure.ts';

function ofServer(code: string): ServerError {
  return Object.assign(new Error('its words'), { code, severity: 'ERROR' });
}

it('what the server says is told from what the network does', () => {
  expect([ofServer('28P01'), Object.assign(new Error('x'), { code: 'EPIPE' }), new Error('x'), 'x'].map(isOfServer)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

it.each(['08006', '53300', '57P01', '57P03', '40001', '40P01', '55P03'])('%s passes', (code) => {
  expect(isPassing(ofServer(code))).toBe(true);
});

it.each(['28P01', '3D000', '42501', '22021', '57014'])('%s does not', (code) => {
  expect(isPassing(ofServer(code))).toBe(false);
});

it.each([
  ['ECONNREFUSED', 'TransientError', 'the database at db refuses the connection'],
  ['CERT_HAS_EXPIRED', 'PermanentError', 'the certificate of the database at db is not accepted (CERT_HAS_EXPIRED)'],
  ['other', 'TransientError', 'the connection to the database at db failed (x)'],
])('%s: %s', (code, name, message) => {
  const error = connectionFailure(Object.assign(new Error('x'), { code }), 'the database at db');
  expect(error).toMatchObject({ name, message: expect.stringContaining(message) });
});
