import { expect, it } from 'vitest';
import { TransientError } from '../../sdk/index.ts';
import { endsConnection, failureOf } from './failure.ts';

const scene = { where: 'the database kpi at db:5432', user: 'ada', schema: 'kpi', makes: false };

function ofServer(code: string, severity = 'ERROR') {
  return Object.assign(new Error('its words'), { code, severity });
}

it.each([
  [
    '28P01',
    'PermanentError',
    'unauthorized',
    'the database kpi at db:5432 does not let ada in: its words; check the user, the password and pg_hba.conf',
  ],
  ['3D000', 'PermanentError', 'config', 'there is no such database (its words): create it, or name another'],
  ['25006', 'PermanentError', 'unavailable', 'the database kpi at db:5432 takes no writes (its words): name the primary server'],
  [
    '42501',
    'PermanentError',
    'forbidden',
    'ada may not do that in the database kpi at db:5432 (its words): let the owner of the schema kpi run: grant kpi_writer to ada',
  ],
  ['42P01', 'PermanentError', 'unavailable', 'the database kpi at db:5432 is not ready (its words): run `kpi db init`'],
  ['42703', 'PermanentError', 'unavailable', 'the database kpi at db:5432 is not ready (its words): run `kpi db init`'],
  ['42601', 'PermanentError', 'unavailable', 'the database kpi at db:5432 does not take the statement: its words (42601)'],
  ['57P01', 'TransientError', 'server', 'the database kpi at db:5432 cannot answer now: its words'],
  ['53300', 'TransientError', 'server', 'the database kpi at db:5432 cannot answer now: its words'],
  ['53100', 'TransientError', 'server', 'the database kpi at db:5432 cannot answer now: its words'],
  ['40001', 'TransientError', 'server', 'the database kpi at db:5432 cannot answer now: its words'],
  ['40P01', 'TransientError', 'server', 'the database kpi at db:5432 cannot answer now: its words'],
  ['55P03', 'TransientError', 'server', 'the database kpi at db:5432 cannot answer now: its words'],
  ['57014', 'TransientError', 'timeout', 'the database kpi at db:5432 ended the statement: its words'],
  ['25P03', 'TransientError', 'timeout', 'the database kpi at db:5432 ended the transaction: its words'],
  ['22021', 'SplitError', 'rejected', 'its words (22021)'],
  ['22P05', 'SplitError', 'rejected', 'its words (22P05)'],
  ['23514', 'SplitError', 'rejected', 'its words (23514)'],
  ['54000', 'SplitError', 'rejected', 'its words (54000)'],
])('%s: %s, %s', (code, name, kind, message) => {
  expect(failureOf(ofServer(code), scene)).toMatchObject({ name, kind, message });
});

it('says another way out where tables are being made', () => {
  expect(failureOf(ofServer('42501'), { ...scene, makes: true }).message).toMatch(/run it as the owner of the database/);
});

it('leaves what says what happens next as it is', () => {
  const error = new TransientError('x');
  expect(failureOf(error, scene)).toBe(error);
});

it.each([
  [ofServer('42P01'), false],
  [ofServer('22021'), false],
  [ofServer('57P01', 'FATAL'), true],
  [ofServer('28P01', 'FATAL'), true],
  [ofServer('08P01'), true],
  [new Error('Connection terminated unexpectedly'), true],
])('%s ends the connection: %s', (error, ends) => {
  expect(endsConnection(error)).toBe(ends);
});
