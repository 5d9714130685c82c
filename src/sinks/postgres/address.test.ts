import { describe, expect, it } from 'vitest';
import { addressOf } from './address.ts';
import { Settings } from './settings.ts';

function address(settings: object) {
  return addressOf(Settings.parse(settings));
}

describe('the address', () => {
  it('is taken from the url, and what that does not say from the other settings', () => {
    const own = { host: 'other', port: 1, user: 'nobody', password: 'pass-0123', database: 'else', sslmode: 'disable' };
    expect(address({ ...own, url: 'postgres://kpi@db:6543/numbers?sslmode=require' })).toMatchObject({
      host: 'db',
      port: 6543,
      user: 'kpi',
      password: 'pass-0123',
      database: 'numbers',
      where: 'the database numbers at db:6543',
      ways: ['nothing'],
    });
  });

  it('needs no url', () => {
    expect(address({ user: 'kpi' })).toMatchObject({ host: 'localhost', port: 5432, user: 'kpi', password: '', database: 'kpi' });
  });

  it('is nothing without a user', () => {
    expect(() => address({ host: 'db' })).toThrow('no user is named for the database: set "url", "user" or the variable PGUSER');
  });
});

describe('sslmode', () => {
  it.each([
    [undefined, undefined, ['nothing', 'plain']],
    ['disable', undefined, ['plain']],
    ['allow', undefined, ['plain', 'nothing']],
    ['prefer', undefined, ['nothing', 'plain']],
    ['require', undefined, ['nothing']],
    ['require', 'ca.pem', ['authority']],
    ['verify-ca', 'ca.pem', ['authority']],
    ['verify-full', undefined, ['all']],
    [undefined, 'system', ['all']],
  ])('%s with the root %s: %j', (sslmode, sslrootcert, ways) => {
    expect(address({ user: 'kpi', ...(sslmode && { sslmode }), ...(sslrootcert && { sslrootcert }) }).ways).toEqual(ways);
  });

  it('means nothing for a socket', () => {
    expect(address({ user: 'kpi', host: '/run/postgresql', sslmode: 'verify-full' })).toMatchObject({
      where: 'the database kpi at /run/postgresql',
      ways: ['plain'],
    });
  });

  it('is refused where it is unknown, or too weak for the authorities of the system', () => {
    expect(() => address({ url: 'postgres://kpi@db/s?sslmode=always' })).toThrow('"url" has an sslmode that is none of disable');
    expect(() => address({ user: 'kpi', sslmode: 'require', sslrootcert: 'system' })).toThrow('too weak for sslrootcert=system');
  });
});
