/** A status that is well: `200`, or a class such as `2xx`. */
export type StatusRule = number | string;

/** What a probe thread is told to check. Plain data: it crosses to another thread. */
export interface Order {
  /** Without userinfo and fragment. */
  readonly url: string;
  readonly method: string;
  /** For every origin on the way. */
  readonly headers: Readonly<Record<string, string>>;
  /** For the first origin only: they hold secrets. */
  readonly ownHeaders: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** A redirect whose status is among these is the answer, and not followed. */
  readonly status: readonly StatusRule[];
  /** The most that are followed. */
  readonly redirects: number;
  /** Of the whole check, all redirects and the body included. */
  readonly timeoutMs: number;
  /** PEM certificates that are trusted instead of the system's. */
  readonly ca?: string | undefined;
  /** Bring the body of an answer whose status is well. */
  readonly wantsBody: boolean;
}

/** Why no answer came that could be judged. */
export type Break = 'dns' | 'refused' | 'reset' | 'timeout' | 'tls' | 'certificate-expired' | 'redirect';

/** The parts of an exchange, in their order. */
export const phases = ['dns', 'connect', 'tls', 'firstByte', 'transfer'] as const;
export type Phase = (typeof phases)[number];

/** What a probe thread saw. Milliseconds are summed over the redirects; a phase that was cut short, or did not occur, is absent. */
export interface Outcome {
  readonly broke?: Break | undefined;
  /** The words of the system for it, for the log. */
  readonly detail?: string | undefined;
  /** Of the last answer. */
  readonly status?: number | undefined;
  /** From the check's start to the end of the last answer. */
  readonly responseMs?: number | undefined;
  readonly ms: Readonly<Partial<Record<Phase, number>>>;
  /** Of the last answer's body as it travelled, up to `bodyCap`. */
  readonly bytes?: number | undefined;
  /** Those that were followed. */
  readonly redirects: number;
  /** Of the server's certificate that ends first. Milliseconds since 1970. */
  readonly certificateExpiresAt?: number | undefined;
  readonly page?: Page | undefined;
}

/** A body as it travelled, up to `pageCap`, and what says how to read it. */
export interface Page {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string | undefined;
  readonly encoding: string | undefined;
}

/** Where the reading of a body stops: a flood costs no more. What was read by then is judged. */
export const bodyCap = 8 * 1024 * 1024;

/** What patterns see of a body, as it travelled and again when unpacked. Up to `concurrency` of them are in memory at once. */
export const pageCap = 1024 * 1024;

/** Whether a status is among those that are well. */
export function isWell(status: number, rules: readonly StatusRule[]): boolean {
  const family = `${Math.floor(status / 100)}xx`;
  return rules.some((rule) => rule === status || rule === family);
}
