import type { Measurement } from '../../sdk/measurement.ts';
import { durationMs, type Window } from '../../sdk/time.ts';
import { periodStart } from '../period.ts';
import { nextStart, startOf } from '../plan.ts';
import type { Range } from './range.ts';

/**
 * The chunks of a range, the newest first: together they are the range, and no two have a moment in common. They begin where the calendar's
 * months, weeks or days do in UTC, so that another range has most of them too.
 */
export function chunksOf({ from, to, chunk }: Range): readonly Window[] {
  const chunks: Window[] = [];
  let end = to;
  while (end > from) {
    const start = new Date(Math.max(from.getTime(), periodStart(chunk, new Date(end.getTime() - 1)).getTime()));
    chunks.push({ from: start, to: end });
    end = start;
  }
  return chunks;
}

/**
 * What a measurement is asked for in a range: whole days or months, those that the range has a part of, since a number of a part would be
 * taken for the whole. Never what is older than `depth`, nor a period that is so in part, nor what is ahead of the clock. Undefined where
 * nothing is left.
 */
export function rangeWindow(measurement: Measurement, { from, to }: Window, now: Date): Window | undefined {
  const start = startOf(measurement, from.getTime());
  return bounded(measurement, measurement.time === 'event' ? from.getTime() : start, nextStart(measurement, to.getTime()), now);
}

/** What a measurement is asked for in one chunk of a range: the periods that begin in it, and in the first one also that in which the range does. */
export function chunkWindow(measurement: Measurement, chunk: Window, range: Window, now: Date): Window | undefined {
  const whole = rangeWindow(measurement, range, now);
  if (!whole) return undefined;
  const isFirst = chunk.from.getTime() === range.from.getTime();
  const from = isFirst ? whole.from.getTime() : nextStart(measurement, chunk.from.getTime());
  return bounded(measurement, Math.max(from, whole.from.getTime()), nextStart(measurement, chunk.to.getTime()), now);
}

function bounded(measurement: Measurement, from: number, to: number, now: Date): Window | undefined {
  const depth = measurement.history?.depth;
  const oldest = depth === undefined ? 0 : nextStart(measurement, now.getTime() - (durationMs(depth) ?? 0));
  const window = { from: new Date(Math.max(from, oldest)), to: new Date(Math.min(to, now.getTime())) };
  return window.from < window.to ? window : undefined;
}
