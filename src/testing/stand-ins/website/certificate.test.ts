import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuthority, selfSigned } from './certificate.ts';

const to = new Date('2031-05-06T07:08:09Z');

describe('certificates for tests', () => {
  it('are signed by their authority, for their hosts and times', () => {
    const authority = createAuthority();
    const root = new X509Certificate(authority.cert);
    const leaf = new X509Certificate(authority.issue({ hosts: ['localhost', '127.0.0.1'], to }).cert);
    expect(root.ca).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.verify(root.publicKey)).toBe(true);
    expect(leaf.checkIssued(root)).toBe(true);
    expect(leaf.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1');
    expect(leaf.checkHost('localhost')).toBe('localhost');
    expect(leaf.checkHost('elsewhere')).toBeUndefined();
    expect(new Date(leaf.validTo)).toEqual(to);
    expect(new Date(leaf.validFrom).getTime()).toBeLessThan(Date.now());
  });

  it('can vouch for themselves, and be over', () => {
    const over = new Date(Math.floor(Date.now() / 1000) * 1000 - 1000);
    const own = selfSigned({ hosts: ['127.0.0.1'], to: over });
    const cert = new X509Certificate(own.cert);
    expect(cert.verify(cert.publicKey)).toBe(true);
    expect(new Date(cert.validTo)).toEqual(over);
    expect(new Date(cert.validFrom).getTime()).toBeLessThan(over.getTime());
  });
});
