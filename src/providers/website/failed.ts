import type { Break, Phase } from './order.ts';

/** The check ended before there was an answer to judge. */
export class Failed extends Error {
  override readonly name = 'Failed';
  readonly broke: Break;
  constructor(broke: Break, detail: string) {
    super(detail);
    this.broke = broke;
  }
}

/** What this machine, not the site, ran out of: no check was made, and nothing may be said of the site. */
const ours: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL']);

/** A mistake in what we send, not in what came: a header that HTTP does not allow. */
const mistake = /^ERR_(INVALID|HTTP_INVALID|UNESCAPED|METHOD)/;

/**
 * What an error of a socket says of the site: by its code, else by the phase it cut short. Undefined when it says nothing of the site.
 * https://nodejs.org/api/errors.html#common-system-errors
 */
export function breakOf(error: unknown, phase: Phase): Break | undefined {
  const code = codeOf(error);
  if (code === undefined || ours.has(code) || mistake.test(code)) return undefined;
  if (phase === 'dns') return 'dns';
  // TLS 1.3 tells of a missing client certificate only after the handshake.
  if (code.startsWith('ERR_SSL')) return 'tls';
  if (code === 'ETIMEDOUT') return 'timeout';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'reset';
  if (phase === 'connect') return 'refused';
  return phase === 'tls' ? 'tls' : 'reset';
}

export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
