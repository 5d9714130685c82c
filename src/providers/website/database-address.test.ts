import { describe, expect, it } from 'vitest';
import { databaseAddress } from './database-address.ts';

describe('the address of a database', () => {
  it.each([
    [
      'postgres://kpi:p%40ss@db.example/sites',
      { host: 'db.example', port: 5432, user: 'kpi', password: 'p@ss', database: 'sites', place: 'db.example:5432', tls: 'none' },
    ],
    ['postgresql://kpi@[::1]:6543', { host: '::1', port: 6543, password: '', database: 'kpi', place: '::1:6543' }],
    ['postgres://kpi:x@localhost/s?host=/run/postgresql', { host: '/run/postgresql', place: '/run/postgresql', database: 's' }],
    ['postgres://kpi@%2Frun%2Fpostgresql/s', { host: '/run/postgresql', database: 's' }],
    ['postgres://kpi@db/s?application_name=x&connect_timeout=5&channel_binding=require', { channelBinding: true }],
    ['postgres://kpi@db/s?sslmode=disable', { tls: 'none' }],
    ['postgres://kpi@db/s?sslmode=require', { tls: { checks: 'nothing' } }],
    ['postgres://kpi@db/s?sslmode=require&sslrootcert=ca.pem', { tls: { checks: 'authority', ca: 'ca.pem' } }],
    ['postgres://kpi@db/s?sslmode=verify-ca&sslrootcert=ca.pem', { tls: { checks: 'authority', ca: 'ca.pem' } }],
    ['postgres://kpi@db/s?sslmode=verify-full', { tls: { checks: 'all', ca: undefined } }],
    ['postgres://kpi@db/s?sslrootcert=system', { tls: { checks: 'all', ca: undefined } }],
  ])('%s', (text, parts) => {
    expect(databaseAddress(text)).toMatchObject(parts);
  });

  it.each([
    ['mysql://kpi:word-1234@db/s', /is no address of a database/],
    ['host=db user=kpi password=word-1234', /is no address of a database/],
    ['postgres://kpi:word-1234@db:port/s', /is no address of a database/],
    ['postgres:///s', /names no host, or no user/],
    ['postgres://db/s', /names no host, or no user/],
    ['postgres://kpi:word-1234@db/s?sslmode=prefer', /has an sslmode that is none of/],
    ['postgres://kpi:word-1234@db/s?sslcert=a.pem', /has the parameter "sslcert", which is not known here/],
    ['postgres://kpi:word-1234@db/s?options=-csearch_path%3Dx', /has the parameter "options"/],
  ])('%s is none', (text, message) => {
    expect(() => databaseAddress(text)).toThrow(
      expect.objectContaining({ name: 'PermanentError', kind: 'config', message: expect.stringMatching(message) }),
    );
    expect(() => databaseAddress(text)).toThrow(expect.not.stringContaining('word-1234'));
  });
});
