import { describe, expect, it } from 'vitest';
import { type Found, fieldsOf } from './judge.ts';
import type { Outcome } from './order.ts';
import { type Site, settings } from './schema.ts';

const time = new Date('2026-11-21T20:00:00Z');
const answered: Outcome = {
  status: 200,
  responseMs: 12.34567,
  ms: { connect: 1, firstByte: 10.0004, transfer: 1.2 },
  bytes: 5,
  redirects: 0,
};

function site(more: object = {}): Site {
  return settings.parse({ sites: [{ url: 'https://here.example/', ...more }] }).sites[0] as Site;
}

function inDays(days: number): number {
  return time.getTime() + days * 86_400_000;
}

function reason(more: object, outcome: Partial<Outcome>, found: Found = {}): string {
  const fields = fieldsOf(site(more), { ...answered, ...outcome }, found, time);
  expect(fields.up).toBe(fields.reason === 'ok');
  return fields.reason;
}

describe('the fields of a check', () => {
  it('tell what was measured, to the microsecond', () => {
    expect(fieldsOf(site(), { ...answered, certificateExpiresAt: inDays(9.5) }, { match: true }, time)).toEqual({
      up: true,
      reason: 'ok',
      status: 200,
      response_ms: 12.346,
      dns_ms: undefined,
      connect_ms: 1,
      tls_ms: undefined,
      first_byte_ms: 10,
      transfer_ms: 1.2,
      bytes: 5,
      redirects: 0,
      matched: true,
      certificate_expires_at: new Date(inDays(9.5)),
      certificate_days_left: 9,
    });
  });

  it('count the days of a certificate that is over below zero', () => {
    const fields = fieldsOf(site(), { ...answered, broke: 'certificate-expired', certificateExpiresAt: inDays(-0.5) }, {}, time);
    expect(fields.certificate_days_left).toBe(-1);
  });
});

describe('the reason', () => {
  it('is what broke the exchange', () => {
    expect(reason({}, { broke: 'dns', status: undefined })).toBe('dns');
    expect(reason({}, { broke: 'redirect', status: 302 })).toBe('redirect');
  });

  it('is that the certificate is over, also where nobody vouches for it', () => {
    expect(reason({}, { broke: 'tls', certificateExpiresAt: inDays(-1) })).toBe('certificate-expired');
    expect(reason({}, { broke: 'tls', certificateExpiresAt: inDays(1) })).toBe('tls');
    expect(reason({}, { broke: 'tls' })).toBe('tls');
  });

  it('is a status that is not well', () => {
    expect(reason({}, { status: 503 })).toBe('status');
    expect(reason({ status: 503 }, { status: 503 })).toBe('ok');
    expect(reason({}, { status: undefined })).toBe('status');
  });

  it('is what the patterns found', () => {
    expect(reason({ match: 'a' }, {}, { match: false })).toBe('match');
    expect(reason({ absent: 'a' }, {}, { absent: true })).toBe('absent');
    expect(reason({ match: 'a', absent: 'b' }, {}, { match: false, absent: true })).toBe('match');
    expect(reason({ match: 'a', absent: 'b' }, {}, { match: true, absent: false })).toBe('ok');
  });

  it('is a certificate that ends soon, only where the site says what soon is, and nothing else is wrong', () => {
    expect(reason({}, { certificateExpiresAt: inDays(1) })).toBe('ok');
    expect(reason({ certificateDays: 14 }, { certificateExpiresAt: inDays(13.9) })).toBe('certificate-soon');
    expect(reason({ certificateDays: 14 }, { certificateExpiresAt: inDays(14) })).toBe('ok');
    expect(reason({ certificateDays: 14 }, { certificateExpiresAt: inDays(1), status: 500 })).toBe('status');
    expect(reason({ certificateDays: 14 }, {})).toBe('ok');
  });
});
