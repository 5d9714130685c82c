import { expect, it } from 'vitest';
import { websiteCheck } from './measurement.ts';

it('is what others rely on', () => {
  expect(Object.keys(websiteCheck.tags)).toEqual(['site']);
  expect(Object.entries(websiteCheck.fields).map(([name, { kind }]) => `${name} ${kind}`)).toEqual([
    'up flag',
    'reason text',
    'status gauge',
    'response_ms gauge',
    'dns_ms gauge',
    'connect_ms gauge',
    'tls_ms gauge',
    'first_byte_ms gauge',
    'transfer_ms gauge',
    'bytes gauge',
    'redirects gauge',
    'matched flag',
    'certificate_expires_at moment',
    'certificate_days_left gauge',
  ]);
});
