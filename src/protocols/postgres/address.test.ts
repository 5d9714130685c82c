import { describe, expect, it } from 'vitest';
import { parseAddress, passwordOf, placeOf, tlsOptions } from './address.ts';

describe('the parts of an address', () => {
  it.each([
    [
      'postgres://kpi:p%40ss@db.example:6543/sites?sslmode=require&sslrootcert=ca.pem',
      { host: 'db.example', port: 6543, user: 'kpi', password: 'p@ss', database: 'sites', sslmode: 'require', sslrootcert: 'ca.pem' },
    ],
    ['postgresql://', {}],
    ['postgres:///kpi', { database: 'kpi' }],
    ['postgres://kpi@[::1]', { host: '::1', user: 'kpi' }],
    ['postgres://kpi@%2Frun%2Fpostgresql/s', { host: '/run/postgresql', user: 'kpi', database: 's' }],
    ['postgres:///s?host=/run/postgresql', { host: '/run/postgresql', database: 's' }],
  ])('%s', (text, parts) => {
    expect(parseAddress(text, 'url')).toEqual({ ...parts, channelBinding: false });
  });

  it.each([
    ['mysql://kpi:word-1234@db/s', '"url" is no address of a database'],
    ['postgres://kpi:word-1234@db:port/s', '"url" is no address of a database'],
    ['postgres://kpi:word-1234@db/s?options=-cx', '"url" has the parameter "options"'],
  ])('%s is none, and nothing of it is quoted', (text, message) => {
    expect(() => parseAddress(text, 'url')).toThrow(expect.objectContaining({ name: 'PermanentError', kind: 'config' }));
    expect(() => parseAddress(text, 'url')).toThrow(message);
    expect(() => parseAddress(text, 'url')).toThrow(expect.not.stringContaining('word-1234'));
  });
});

it('a password is a secret in both of its spellings', () => {
  expect(passwordOf('postgres://kpi:p%40ss-1234@db/s')).toEqual(['p%40ss-1234', 'p@ss-1234']);
  expect(passwordOf('postgres://kpi@db/s')).toEqual([]);
  expect(passwordOf('none')).toEqual([]);
});

it('a socket has no port to name', () => {
  expect([placeOf('db', 5432), placeOf('/run/postgresql', 5432)]).toEqual(['db:5432', '/run/postgresql']);
});

it('a certificate is looked at as far as its mode says', () => {
  expect(tlsOptions('nothing', undefined)).toEqual({ rejectUnauthorized: false });
  expect(tlsOptions('all', 'PEM')).toEqual({ rejectUnauthorized: true, ca: 'PEM' });
  const { checkServerIdentity, ...rest } = tlsOptions('authority', 'PEM');
  expect(rest).toEqual({ rejectUnauthorized: true, ca: 'PEM' });
  expect(checkServerIdentity?.('any', {} as never)).toBeUndefined();
});
