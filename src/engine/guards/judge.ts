import type { Guard, GuardLimit } from '../../sdk/measurement.ts';

/** A counter of one series, as it was read at a time (Unix ms). */
export interface Reading {
  readonly time: number;
  readonly value: number;
}

/** A reading that no sink was given. */
export interface Suspect extends Reading {
  /** The value that it was compared with. */
  readonly was: number;
  readonly reason: string;
}

/** What is known of a counter of one series; each oldest first. */
export interface Known<S extends Suspect = Suspect> {
  /** The last two times at which it was good. */
  readonly readings: readonly Reading[];
  readonly held: readonly S[];
}

/** A value that goes on to the sinks, and what it grew by. */
export interface Good<R extends Reading = Reading> {
  readonly reading: R;
  readonly delta?: number | undefined;
}

export type Verdict<S extends Suspect> =
  | ({ readonly held: false; readonly good: Good; readonly broke?: string; readonly was: number | undefined } & Settled<S>)
  | { readonly held: true; readonly reason: string; readonly was: number };

interface Settled<S extends Suspect> {
  /** Held values that the reading agrees with, which go on too. */
  readonly released: readonly Good<S>[];
  /** Held values that the reading contradicts. */
  readonly dropped: readonly S[];
  readonly next: Known<S>;
}

/** Whether nothing was delivered between two times that nobody knows of. */
export type MayDiffer = (since: number, until: number) => boolean;

/** So many held values that follow one another, and then the one that is judged, are believed. */
const agreeingAre = 2;

/**
 * Judges a reading by the last one before its time. Pure; for a reading of the same time again, with what was known before, it says the
 * same.
 */
export function judge<S extends Suspect>(
  known: Known<S>,
  guard: Guard | undefined,
  reading: Reading,
  mayDiffer: MayDiffer = () => true,
): Verdict<S> {
  const { time, value } = reading;
  const last = known.readings.findLast((one) => one.time < time) ?? known.readings[0];
  const isKnown = known.readings.some((one) => one.time === time && one.value === value);
  const broken = guard && last && !isKnown ? violation(guard, last.value, value) : undefined;
  const broke = guard && broken !== undefined && goesOn(known, guard, reading, last?.value) ? undefined : broken;
  const earlier = known.held.filter((one) => one.time <= time);
  const was = last?.value;

  if (broke !== undefined && guard?.then !== 'flag') {
    const chain = agreeing(
      earlier.filter((one) => one.time < time),
      guard as Guard,
      value,
    );
    if (chain.length < agreeingAre) return { held: true, reason: broke, was: was as number };
    const { good, readings } = accepted(known.readings, chain, mayDiffer);
    const present = accepted(readings, [reading], mayDiffer);
    const dropped = earlier.filter((one) => !chain.includes(one));
    return { held: false, good: present.good[0] as Good, was, released: good, dropped, next: nextOf(present.readings, known, earlier) };
  }
  // Where nothing is held any more, what was held is still for somebody to decide on.
  const dropped = guard && guard.then !== 'flag' ? earlier : [];
  const { good, readings } = accepted(known.readings, [reading], mayDiffer);
  const next = nextOf(readings, known, dropped);
  return { held: false, good: good[0] as Good, was, ...(broke !== undefined && { broke }), released: [], dropped, next };
}

/** Whether a reading goes on from one of the same time that would be held, too, had it not been accepted by hand. */
function goesOn({ readings }: Known, guard: Guard, { time, value }: Reading, last = Number.NaN): boolean {
  const same = readings.find((one) => one.time === time);
  return same !== undefined && violation(guard, last, same.value) !== undefined && violation(guard, same.value, value) === undefined;
}

/** Takes readings for good, the oldest first: what each grew by, and what is known after them. */
export function accepted<R extends Reading>(
  known: readonly Reading[],
  taken: readonly R[],
  mayDiffer: MayDiffer = () => true,
): { readonly good: readonly Good<R>[]; readonly readings: readonly Reading[] } {
  let readings = known;
  const good: Good<R>[] = [];
  for (const reading of taken) {
    const { time, value } = reading;
    const last = readings.findLast((one) => one.time < time);
    // What a later reading grew by since the last one has this one in it already.
    const isLast = !readings.some((one) => one.time > time);
    const delta = last && isLast && mayDiffer(last.time, time) ? value - last.value : undefined;
    good.push({ reading, delta: delta !== undefined && delta >= 0 ? delta : undefined });
    readings = [...readings.filter((one) => one.time !== time), { time, value }].sort((a, b) => a.time - b.time).slice(-2);
  }
  return { good, readings };
}

function nextOf<S extends Suspect>(readings: readonly Reading[], { held }: Known<S>, settled: readonly S[]): Known<S> {
  return { readings, held: held.filter((one) => !settled.includes(one)) };
}

/** The held values at the end that agree with each other and then with a value: none breaks the guard by the one before it. */
function agreeing<S extends Suspect>(held: readonly S[], guard: Guard, value: number): readonly S[] {
  const chain: S[] = [];
  let next = value;
  for (const one of held.toReversed()) {
    // What may never be is not made true by being said again.
    if (isUnder(guard, next) || isUnder(guard, one.value) || violation(guard, one.value, next) !== undefined) break;
    chain.unshift(one);
    next = one.value;
  }
  return chain;
}

/** How a value breaks a guard by the last one, in words; undefined where it does not. */
export function violation(guard: Guard, last: number, value: number): string | undefined {
  const { maxDrop, maxJump, min } = guard;
  if (isUnder(guard, value) && !isUnder(guard, last)) return `it is under ${min}`;
  if (exceeds(maxDrop, last - value, last)) return maxDrop === 0 ? 'it fell' : `it fell by more than ${maxDrop}`;
  if (exceeds(maxJump, value - last, last)) return maxJump === 0 ? 'it rose' : `it rose by more than ${maxJump}`;
  return undefined;
}

export function isUnder({ min }: Guard, value: number): boolean {
  return min !== undefined && value < min;
}

function exceeds(limit: GuardLimit | undefined, change: number, last: number): boolean {
  if (limit === undefined || change <= 0) return false;
  if (typeof limit === 'number') return change > limit;
  // A part of nothing says nothing.
  return last !== 0 && change > (last * Number.parseFloat(limit)) / 100;
}
