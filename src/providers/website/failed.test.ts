import { describe, expect, it } from 'vitest';
import { breakOf } from './failed.ts';
import type { Break, Phase } from './order.ts';

describe('an error of a socket', () => {
  const cases: readonly [string, Phase, Break][] = [
    ['ENOTFOUND', 'dns', 'dns'],
    ['EAI_AGAIN', 'dns', 'dns'],
    ['ETIMEOUT', 'dns', 'dns'],
    ['ECONNREFUSED', 'connect', 'refused'],
    ['EHOSTUNREACH', 'connect', 'refused'],
    ['ENETUNREACH', 'connect', 'refused'],
    ['ETIMEDOUT', 'connect', 'timeout'],
    ['ECONNRESET', 'connect', 'reset'],
    ['ECONNRESET', 'tls', 'reset'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls', 'tls'],
    ['EPROTO', 'tls', 'tls'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'firstByte', 'tls'],
    ['ECONNRESET', 'firstByte', 'reset'],
    ['EPIPE', 'firstByte', 'reset'],
    ['HPE_INVALID_CONSTANT', 'firstByte', 'reset'],
    ['ECONNRESET', 'transfer', 'reset'],
  ];

  it.each(cases)('%s while in %s says %s', (code, phase, broke) => {
    expect(breakOf(withCode(code), phase)).toBe(broke);
  });

  it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL'])('%s says nothing of the site: this machine ran out', (code) => {
    expect(breakOf(withCode(code), 'dns')).toBeUndefined();
    expect(breakOf(withCode(code), 'connect')).toBeUndefined();
  });

  it('says nothing of the site when it is our own mistake', () => {
    expect(breakOf(withCode('ERR_INVALID_CHAR'), 'firstByte')).toBeUndefined();
    expect(breakOf(new TypeError('undefined is not a function'), 'firstByte')).toBeUndefined();
  });
});

function withCode(code: string): Error {
  return Object.assign(new Error(code), { code });
}
