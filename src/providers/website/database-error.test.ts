import { expect, it } from 'vitest';
import { PermanentError } from '../../sdk/errors.ts';
import { databaseError } from './database-error.ts';

function ofServer(code: string, own: object = {}) {
  return Object.assign(new Error('its words'), { code, severity: 'ERROR', ...own });
}

function ofSocket(code: string) {
  return Object.assign(new Error('connect'), { code });
}

it.each([
  [ofServer('28P01'), 'PermanentError', 'unauthorized', 'the database at db:5432 does not accept the user or the password: its words'],
  [ofServer('3D000'), 'PermanentError', 'config', 'the database at db:5432 has no such database: its words'],
  [ofServer('42501'), 'PermanentError', 'forbidden', 'the database at db:5432 does not let the user read that: its words'],
  [ofServer('25006'), 'PermanentError', 'config', 'the database at db:5432 was asked to write: the query may only read: its words'],
  [ofServer('57014'), 'PermanentError', 'timeout', 'the query did not end within 3s: make it faster, or set "timeout"'],
  [
    ofServer('42P01', { position: '52' }),
    'PermanentError',
    'config',
    /does not take the query: its words \(42P01, at character 17 of the query\)$/,
  ],
  [ofServer('42601'), 'PermanentError', 'config', /does not take the query: its words \(42601\)$/],
  [ofServer('57P01'), 'TransientError', 'server', 'the database at db:5432 cannot answer now: its words'],
  [ofServer('57P03'), 'TransientError', 'server', 'the database at db:5432 cannot answer now: its words'],
  [ofServer('53300'), 'TransientError', 'server', 'the database at db:5432 cannot answer now: its words'],
  [ofServer('40001'), 'TransientError', 'server', 'the database at db:5432 cannot answer now: its words'],
  [ofSocket('ECONNREFUSED'), 'TransientError', 'network', 'the database at db:5432 refuses the connection'],
  [new AggregateError([ofSocket('ECONNREFUSED')], ''), 'TransientError', 'network', 'the database at db:5432 refuses the connection'],
  [ofSocket('ENOTFOUND'), 'TransientError', 'network', 'the database at db:5432 is not known to DNS'],
  [
    ofSocket('SELF_SIGNED_CERT_IN_CHAIN'),
    'PermanentError',
    'network',
    /^the certificate of the database at db:5432 is not accepted \(SELF_SIGNED/,
  ],
  [new Error('The server does not support SSL connections'), 'PermanentError', 'config', /does not encrypt: correct its sslmode/],
  [new Error('Connection terminated unexpectedly'), 'TransientError', 'network', /failed \(Connection terminated unexpectedly\)$/],
  ['odd', 'TransientError', 'network', 'the connection to the database at db:5432 failed (odd)'],
])('%s: %s, %s', (error, name, kind, message) => {
  expect(databaseError(error, 'db:5432', 3000)).toMatchObject({
    name,
    kind,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
});

it.each(['22P02', '22012', '2201B', '23505', 'P0001'])('%s: nothing of its words is told, which may quote a cell', (code) => {
  const words = 'invalid input syntax for type integer: "https://ada:secret-of-row@a.example/"';
  const error = databaseError(Object.assign(new Error(words), { code, severity: 'ERROR', position: '52' }), 'db:5432', 3000);
  expect(error).toMatchObject({ name: 'PermanentError', kind: 'config', cause: undefined });
  expect(error.message).toContain(`the database at db:5432 cannot run the query on what it holds (${code}, at character 17 of the query)`);
  expect(error.message).not.toContain('secret-of-row');
});

it('what says what happens next stays as it is', () => {
  const error = new PermanentError('x');
  expect(databaseError(error, 'db', 1)).toBe(error);
});
