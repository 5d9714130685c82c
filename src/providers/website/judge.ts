import type { Reason } from './measurement.ts';
import { isWell, type Outcome } from './order.ts';
import type { Site } from './schema.ts';

/** Which of the site's patterns were found; undefined where there is none, or none was tried. */
export interface Found {
  readonly match?: boolean | undefined;
  readonly absent?: boolean | undefined;
}

const dayMs = 86_400_000;

/** The fields of a check: what was seen, and what it means for this site. Pure. */
export function fieldsOf(site: Site, outcome: Outcome, found: Found, time: Date) {
  const reason = reasonOf(site, outcome, found, time);
  const { ms, certificateExpiresAt: expires } = outcome;
  return {
    up: reason === 'ok',
    reason,
    status: outcome.status,
    response_ms: micro(outcome.responseMs),
    dns_ms: micro(ms.dns),
    connect_ms: micro(ms.connect),
    tls_ms: micro(ms.tls),
    first_byte_ms: micro(ms.firstByte),
    transfer_ms: micro(ms.transfer),
    bytes: outcome.bytes,
    redirects: outcome.redirects,
    matched: found.match,
    certificate_expires_at: expires === undefined ? undefined : new Date(expires),
    certificate_days_left: expires === undefined ? undefined : daysLeft(expires, time),
  };
}

/** The first that holds, from the connection to the page; a certificate that ends soon comes last, for the site still works. */
function reasonOf(site: Site, outcome: Outcome, found: Found, time: Date): Reason {
  const { broke, status, certificateExpiresAt: expires } = outcome;
  // OpenSSL names the lack of trust first; that its time is over is the plainer truth.
  if (broke === 'tls' && expires !== undefined && expires <= time.getTime()) return 'certificate-expired';
  if (broke) return broke;
  if (status === undefined || !isWell(status, site.status)) return 'status';
  if (found.match === false) return 'match';
  if (found.absent) return 'absent';
  if (site.certificateDays !== undefined && expires !== undefined && daysLeft(expires, time) < site.certificateDays)
    return 'certificate-soon';
  return 'ok';
}

/** Whole days; negative when it is over. */
function daysLeft(expires: number, time: Date): number {
  return Math.floor((expires - time.getTime()) / dayMs);
}

/** To the microsecond: below it is noise. */
function micro(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 1000) / 1000;
}
