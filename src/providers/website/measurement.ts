import { flag, gauge, measurement, moment, text } from '../../sdk/measurement.ts';

/** What became of a check. */
const reasons = [
  'ok',
  'dns',
  'refused',
  'reset',
  'timeout',
  'tls',
  'certificate-expired',
  'certificate-soon',
  'status',
  'match',
  'absent',
  'redirect',
] as const;
export type Reason = (typeof reasons)[number];

export const websiteCheck = measurement('website_check', {
  help: 'One check of one site, at its own time. What was not measured is absent; the phases are summed over the redirects.',
  time: 'event',
  tags: { site: 'its name, else its URL without userinfo and query' },
  fields: {
    up: flag('the answer came and was as expected'),
    reason: text(`why it is not up, else ok: ${reasons.join(' ')}`),
    status: gauge(undefined, 'HTTP status of the last answer'),
    response_ms: gauge('ms', 'from the start of the check to the end of the last answer'),
    dns_ms: gauge('ms', 'the lookup of the name; none where the URL has an address'),
    connect_ms: gauge('ms', 'TCP, with the addresses that were tried in vain'),
    tls_ms: gauge('ms', 'the handshake'),
    first_byte_ms: gauge('ms', 'from the request to the headers of the answer'),
    transfer_ms: gauge('ms', 'the body, or its first 8 MiB'),
    bytes: gauge('By', 'the body as it travelled, up to 8 MiB'),
    redirects: gauge('{redirect}', 'those that were followed'),
    matched: flag('the page holds what `match` says; only where that is set and the page was read'),
    certificate_expires_at: moment('when the server certificate ends; with redirects, the one that ends first'),
    certificate_days_left: gauge('d', 'whole days until then, negative when it is over'),
  },
});
