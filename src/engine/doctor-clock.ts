import { formatDuration } from '../sdk/time.ts';
import type { Clock } from './clock.ts';
import type { Found } from './doctor-findings.ts';
import type { Door } from './http.ts';

/** A door that learns, from what it lets in, how far this machine's clock is from those of others. */
export interface ClockedDoor extends Door {
  /** What the answers told so far; undefined when none told the time. */
  skew(): Skew | undefined;
}

interface Skew {
  readonly host: string;
  /** Positive: our clock is ahead. */
  readonly aheadMs: number;
}

/** More than this is told: stores and upstreams refuse times that are further ahead. */
const mostSkewMs = 60_000;

/** Notes the `Date` of every answer, to the second (https://www.rfc-editor.org/rfc/rfc9110#field.date), and how long it lay in a cache. */
export function clockedDoor(door: Door, clock: Pick<Clock, 'now' | 'elapsed'>): ClockedDoor {
  let best: (Skew & { readonly tripMs: number }) | undefined;
  return {
    proxyOf: door.proxyOf,
    close: door.close,
    skew: () => best,
    async fetch(input, init, secretHeaders) {
      const began = clock.elapsed();
      const response = await door.fetch(input, init, secretHeaders);
      const tripMs = clock.elapsed() - began;
      const told = Date.parse(response.headers.get('date') ?? '');
      const age = Number(response.headers.get('age') ?? 0);
      if (Number.isNaN(told) || !Number.isFinite(age)) return response;
      // The answer was made at some moment on the way, in some part of that second: on average in the middle of both.
      const theirs = told + age * 1000 + 500;
      const ours = clock.now().getTime() - tripMs / 2;
      // The shortest way there and back tells best.
      if (best === undefined || tripMs < best.tripMs)
        best = { host: new URL(response.url || String(input)).host, aheadMs: ours - theirs, tripMs };
      return response;
    },
  };
}

export function* clockFound(door: ClockedDoor): Generator<Found> {
  const skew = door.skew();
  if (skew === undefined) return;
  const { host, aheadMs } = skew;
  if (Math.abs(aheadMs) <= mostSkewMs) {
    yield { check: 'clock', status: 'ok', message: `agrees with that of ${host}` };
    return;
  }
  const much = formatDuration(Math.round(Math.abs(aheadMs) / 60_000) * 60_000);
  const message = `this machine's clock is ${much} ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${host}`;
  yield { check: 'clock', status: 'warning', message, mend: "set this machine's clock, with NTP: sudo timedatectl set-ntp true" };
}
