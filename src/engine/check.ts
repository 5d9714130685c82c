import type { Field, Measurement } from '../sdk/measurement.ts';
import type { FieldValue, Point, Tags } from '../sdk/point.ts';
import { durationMs, isMoment, utcDay, type Window } from '../sdk/time.ts';
import type { Redactor } from './redact.ts';
import { type Formats, startOfDate } from './zone.ts';

/** How far ahead of the clock a point's own instant may lie: clocks differ. */
const aheadMs = 60_000;

/** What the engine makes of a point: it is good (with its series), not wanted now, or invalid for a reason. */
export type Checked =
  | { readonly series: string; readonly point: Point; readonly provisional: boolean }
  | { readonly invalid: string }
  | undefined;

export interface CheckOptions {
  readonly at: Date;
  /** Config tags, added to every point. */
  readonly tags: Tags;
  /** The window asked for, where the measurement has a past. */
  readonly window?: Window | undefined;
  /** The user's `settle`, before the declaration's. */
  readonly settleMs?: number | undefined;
  readonly redactor: Redactor;
  now(): Date;
}

/**
 * A check of the points of one measurement, made once and called for each. What it gives is a point of its own, of values that were read
 * once: whatever the provider does with its objects afterwards, what was checked is what is stored. Values are never altered, and only
 * the config's tags are added. undefined is for points that are good and not for now: outside the window, of a date that is still
 * ahead of the clock, or of one of which the upstream has forgotten a part.
 */
export function createCheck(measurement: Measurement, options: CheckOptions): (point: Point, zone: string | undefined) => Checked {
  const names = Object.keys(measurement.tags);
  const kinds = new Map(Object.entries(measurement.fields));
  const extra = Object.keys(options.tags).length > 0 ? options.tags : undefined;
  const period = periodOf(measurement, options);
  const { redactor } = options;
  const unfit = Object.keys(options.tags).find((name) => redactor.holds(options.tags[name] as string));
  // Points of one moment share their Date, and those of one series, one after another, their tags: stores spell them once.
  let lastTime = new Date(Number.NaN);
  let last: { readonly given: Tags; readonly tags: Tags; readonly series: string; readonly secrets: number } | undefined;

  function isLast(tags: Tags, count: number): boolean {
    if (last === undefined || count !== names.length || last.secrets !== redactor.size) return false;
    for (const name of names) if (tags[name] !== last.given[name]) return false;
    return true;
  }

  function wrongTags(tags: Tags): string {
    const unknown = Object.keys(tags).find((name) => !Object.hasOwn(measurement.tags, name));
    return unknown === undefined ? `tag ${names.find((name) => tags[name] === undefined)} is missing` : `tag ${unknown} is not declared`;
  }

  return (given, zone) => {
    if (unfit !== undefined) return { invalid: `the config's tag ${unfit} holds a secret` };
    const { time: givenTime } = given;
    if (!isObject(given.tags)) return { invalid: 'its tags are no object' };
    if (!isObject(given.fields)) return { invalid: 'its fields are no object' };
    if (!(givenTime instanceof Date)) return { invalid: 'its time is not a Date' };
    // Their own values only, each read once.
    const tags: Record<string, string> = { ...given.tags };
    const fields: Record<string, FieldValue> = { ...given.fields };

    let seen = 0;
    for (const _ in tags) seen++;
    if (last === undefined || !isLast(tags, seen)) {
      const wrong = seen === names.length ? tagsProblem(tags) : wrongTags(tags);
      if (wrong) return { invalid: wrong };
      let series = measurement.name;
      for (const name of names) series += `\0${tags[name]}`;
      last = { given: tags, tags: extra ? { ...tags, ...extra } : tags, series, secrets: redactor.size };
    }
    let measured = false;
    for (const name in fields) {
      const value = fields[name] as FieldValue;
      const wrong = fieldProblem(kinds.get(name), value);
      if (wrong) return { invalid: `field ${name} ${wrong}` };
      if (typeof value === 'string' && redactor.size > 0 && redactor.holds(value)) return { invalid: `field ${name} holds a secret` };
      measured = true;
    }
    if (!measured) return { invalid: 'no field was measured' };
    const time = givenTime.getTime();
    const verdict = period(time, zone);
    if (verdict === 'later') return undefined;
    if (typeof verdict === 'string') return { invalid: verdict };
    if (lastTime.getTime() !== time) lastTime = new Date(time);
    return {
      series: last.series,
      point: { measurement: measurement.name, tags: last.tags, fields, time: lastTime },
      provisional: verdict,
    };
  };

  function tagsProblem(tags: Tags): string | undefined {
    for (const name of names) {
      const value: unknown = tags[name];
      if (value === undefined) return wrongTags(tags);
      if (typeof value !== 'string' || value === '') return `tag ${name} must be text that is not empty`;
      if (value.includes('\0')) return `tag ${name} holds a NUL character`;
      // Stores write UTF-8: two halves of characters would become one and the same mark.
      if (!value.isWellFormed()) return `tag ${name} holds half a character`;
      if (redactor.size > 0 && redactor.holds(value)) return `tag ${name} holds a secret`;
    }
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** What is wrong with a value of a field, in words. */
export function fieldProblem(field: Field | undefined, value: FieldValue): string | undefined {
  if (field === undefined) return 'is not declared';
  switch (field.kind) {
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'text':
    case 'name':
      if (typeof value !== 'string') return 'must be text';
      if (value.includes('\0')) return 'holds a NUL character';
      return value.isWellFormed() ? undefined : 'holds half a character';
    case 'moment':
      return typeof value === 'string' && isMoment(value) ? undefined : 'must be a moment';
    default:
      return numberProblem(field, value);
  }
}

function numberProblem({ kind, part }: Field, value: FieldValue): string | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'must be a finite number';
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return 'is an integer too large to be exact';
  if (kind === 'ratio' && (value < 0 || value > 1)) return 'must lie between 0 and 1';
  if (kind === 'counter' && value < 0) return 'is negative';
  if ((kind === 'summary' || kind === 'histogram') && isCount(part) && (value < 0 || !Number.isInteger(value))) return 'is not a count';
  return undefined;
}

/** Whether this number of a list of observations says how many there were, in all or up to a bound. */
function isCount(part: string | undefined): boolean {
  return part === 'count' || part?.startsWith('le_') === true;
}

/** Judges a time: provisional or not, 'later' for one that is not for now, or what is wrong with it. */
function periodOf(measurement: Measurement, options: CheckOptions): (time: number, zone: string | undefined) => boolean | string {
  const at = options.at.getTime();
  const { window } = options;
  const settleMs = options.settleMs ?? durationMs(measurement.history?.settle ?? '0s') ?? 0;
  const depthMs = durationMs(measurement.history?.depth ?? '') ?? Number.POSITIVE_INFINITY;
  const formats: Formats = new Map();
  const known = new Map<string, Judged>();
  // The clock when it was last read: what lies before that needs no newer reading.
  let read = Number.NEGATIVE_INFINITY;

  function isAhead(time: number): boolean {
    if (time > read) read = options.now().getTime();
    return time > read;
  }

  function judge(time: number, sessionZone: string | undefined): boolean | string {
    if (Number.isNaN(time)) return 'its time is not a time';
    if (measurement.time === 'snapshot') return time === at ? false : "a snapshot's time must be the run's";
    // What `new Date(null)` makes of a time that is not known.
    if (time <= 0) return 'its time is 1970 or earlier, which is no time';
    if (measurement.time === 'event') {
      if (isAhead(time - aheadMs)) return 'its time is ahead of the clock';
      if (window && (time < window.from.getTime() || time >= window.to.getTime())) return 'later';
      return measurement.history !== undefined && isAhead(time + settleMs);
    }
    const day = new Date(time);
    if (utcDay(day).getTime() !== time) return 'its time must be 00:00Z of a date';
    if (measurement.time === 'month' && day.getUTCDate() !== 1) return 'its time must be the first of a month';
    if (isAhead(time)) return 'later';
    if (window && (time < utcDay(window.from).getTime() || time >= window.to.getTime())) return 'later';
    const zone = zoneOf(sessionZone);
    const days = measurement.time === 'day' ? 1 : (Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1) - time) / 86_400_000;
    return isAhead(startOfDate(day, days, zone, formats).getTime() + settleMs);
  }

  function zoneOf(sessionZone: string | undefined): string {
    const declared = measurement.history?.zone ?? 'UTC';
    return declared === 'account' ? (sessionZone ?? 'UTC') : declared;
  }

  /** The last moment at which the upstream tells of all of a period. What is left of it later would be taken for the whole. */
  function wholeUntil(time: number, sessionZone: string | undefined): number {
    if (depthMs === Number.POSITIVE_INFINITY) return depthMs;
    return startOfDate(new Date(time), 0, zoneOf(sessionZone), formats).getTime() + depthMs;
  }

  if (measurement.time === 'event' || measurement.time === 'snapshot') return judge;
  return (time, zone) => {
    const key = zone === undefined ? String(time) : `${time} ${zone}`;
    let one = known.get(key);
    if (one === undefined) {
      const verdict = judge(time, zone);
      one = { verdict, until: typeof verdict === 'boolean' ? wholeUntil(time, zone) : Number.POSITIVE_INFINITY };
      if (known.size > 10_000) known.clear();
      known.set(key, one);
    }
    return one.until === Number.POSITIVE_INFINITY || isAhead(one.until + 1) ? one.verdict : 'later';
  };
}

/** What was found of a period. */
interface Judged {
  readonly verdict: boolean | string;
  /** The last moment at which the upstream tells of all of it. */
  readonly until: number;
}
