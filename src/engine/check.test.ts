import { describe, expect, it } from 'vitest';
import { counter, flag, gauge, histogram, measurement, moment, ratio, text } from '../sdk/measurement.ts';
import type { Point } from '../sdk/point.ts';
import { type CheckOptions, createCheck } from './check.ts';
import { createRedactor } from './redact.ts';

const at = new Date('2026-11-21T20:00:00.000Z');
const now = new Date('2026-11-21T20:00:05.000Z');
const fields = { n: gauge(), c: counter(), r: ratio(), f: flag(), m: moment(), t: text(), ...histogram('o', [1]) };
const snapshot = measurement('snap', { help: '', time: 'snapshot', tags: { a: '', b: '' }, fields });
const event = measurement('event', { help: '', time: 'event', tags: { a: '' }, fields });
const day = measurement('day', { help: '', time: 'day', tags: { a: '' }, fields, history: { settle: '2d', zone: 'account' } });
const month = measurement('month', { help: '', time: 'month', tags: { a: '' }, fields, history: {} });

function options(more: Partial<CheckOptions> = {}): CheckOptions {
  return { at, tags: {}, redactor: createRedactor(), now: () => now, ...more };
}
function point(more: Partial<Point> = {}): Point {
  return { measurement: 'snap', tags: { a: '1', b: '2' }, fields: { n: 1 }, time: at, ...more };
}
function dayPoint(time: string, name = 'day'): Point {
  return { measurement: name, tags: { a: '1' }, fields: { n: 1 }, time: new Date(time) };
}

describe('a point is invalid', () => {
  const check = createCheck(snapshot, options());
  it.each<[string, Partial<Point>, string]>([
    ['without a tag', { tags: { a: '1' } }, 'tag b is missing'],
    ['with another tag', { tags: { a: '1', b: '2', x: '3' } }, 'tag x is not declared'],
    ['with an empty tag', { tags: { a: '1', b: '' } }, 'tag b must be text that is not empty'],
    ['with a number as a tag', { tags: { a: '1', b: 2 as never } }, 'tag b must be text that is not empty'],
    ['with a NUL in a tag', { tags: { a: '1', b: 'x\0y' } }, 'tag b holds a NUL character'],
    ['with half a character in a tag', { tags: { a: '1', b: 'p\ud800' } }, 'tag b holds half a character'],
    ['with half a character in a text', { fields: { t: 'p\ud800' } }, 'field t holds half a character'],
    ['with no field', { fields: {} }, 'no field was measured'],
    ['with another field', { fields: { x: 1 } }, 'field x is not declared'],
    ['with NaN', { fields: { n: Number.NaN } }, 'field n must be a finite number'],
    ['with infinity', { fields: { n: Number.POSITIVE_INFINITY } }, 'field n must be a finite number'],
    ['with 2^53+1', { fields: { n: 2 ** 53 + 2 } }, 'field n is an integer too large to be exact'],
    ['with a number as text', { fields: { n: '1' } }, 'field n must be a finite number'],
    ['with a negative count', { fields: { c: -1 } }, 'field c is negative'],
    ['with a share above one', { fields: { r: 1.01 } }, 'field r must lie between 0 and 1'],
    ['with a flag that is a number', { fields: { f: 1 } }, 'field f must be true or false'],
    ['with a moment in another form', { fields: { m: '2026-11-21' } }, 'field m must be a moment'],
    ['with text that is a number', { fields: { t: 5 } }, 'field t must be text'],
    ['of another time than the run', { time: now }, "a snapshot's time must be the run's"],
    ['with tags that are inherited', { tags: Object.create({ a: '1', b: '2' }) }, 'tag a is missing'],
    ['with fields that are inherited', { fields: Object.create({ n: 1 }) }, 'no field was measured'],
    ['without tags', { tags: undefined as never }, 'its tags are no object'],
    ['without fields', { fields: null as never }, 'its fields are no object'],
    ['with a time that is text', { time: at.toISOString() as never }, 'its time is not a Date'],
    ['with a number of observations below zero', { fields: { o_count: -3 } }, 'field o_count is not a count'],
    ['with half an observation', { fields: { o_le_1: 0.5 } }, 'field o_le_1 is not a count'],
    ['of no time', { time: new Date(Number.NaN) }, 'its time is not a time'],
  ])('%s', (_, given, reason) => {
    expect(check(point(given), undefined)).toEqual({ invalid: reason });
  });

  it('that holds a secret', () => {
    const redactor = createRedactor();
    redactor.add('s3cr3t-value');
    const guarded = createCheck(snapshot, options({ redactor }));
    expect(guarded(point({ tags: { a: 'x s3cr3t-value', b: '2' } }), undefined)).toEqual({ invalid: 'tag a holds a secret' });
    expect(guarded(point({ fields: { t: 's3cr3t-value' } }), undefined)).toEqual({ invalid: 'field t holds a secret' });
    expect(guarded(point(), undefined)).not.toHaveProperty('invalid');
  });
});

describe('a good point', () => {
  it('stays as it was checked, whatever its provider does with its objects', () => {
    const tags = { a: '1' };
    const values = { n: 1 };
    const time = new Date(at);
    const checked = createCheck(event, options())({ measurement: 'event', tags, fields: values, time }, undefined);
    tags.a = 'other';
    values.n = 2;
    time.setUTCDate(1);
    expect(checked).toMatchObject({ point: { tags: { a: '1' }, fields: { n: 1 }, time: at } });
  });
  it('is of values that are read once: what is stored is what was checked', () => {
    let asked = 0;
    const values = {
      get n() {
        asked++;
        return asked === 1 ? 5 : Number.NaN;
      },
    };
    const checked = createCheck(snapshot, options())(point({ fields: values }), undefined) as { point: Point };
    expect([checked.point.fields.n, checked.point.fields.n]).toEqual([5, 5]);
  });
  it('may have any numbers of a list of observations but counts below zero', () => {
    expect(createCheck(snapshot, options())(point({ fields: { o_count: 0, o_sum: -1.5, o_le_1: 3 } }), undefined)).toHaveProperty('point');
  });
  it('is not altered', () => {
    const given = point({ fields: { n: -1.5, c: 0, r: 1, f: false, m: '2026-11-21T20:00:00.000Z', t: '' } });
    expect(createCheck(snapshot, options())(given, undefined)).toMatchObject({ point: given, provisional: false });
  });
  it('gets the tags of the config', () => {
    const checked = createCheck(snapshot, options({ tags: { team: 'growth' } }))(point(), undefined);
    expect(checked).toMatchObject({ point: { tags: { a: '1', b: '2', team: 'growth' } } });
  });
  it('is of a series of measurement and tags', () => {
    const check = createCheck(snapshot, options());
    const series = (given: Point) => (check(given, undefined) as { series: string }).series;
    expect(series(point({ fields: { n: 2 } }))).toBe(series(point()));
    expect(series(point({ tags: { a: '12', b: '2' } }))).not.toBe(series(point({ tags: { a: '1', b: '22' } })));
    expect(series(point())).toBe(series(point()));
  });
  it('shares its tags with the one of the same series before it, and with no other', () => {
    const check = createCheck(snapshot, options({ tags: { team: 'growth' } }));
    const tags = (given: Point) => (check(given, undefined) as { point: Point }).point.tags;
    const first = tags(point());
    expect(tags(point({ tags: { b: '2', a: '1' } }))).toBe(first);
    expect(tags(point({ tags: { a: '1', b: '3' } }))).toEqual({ a: '1', b: '3', team: 'growth' });
    expect(tags(point())).toEqual(first);
    expect(check(point({ tags: { a: '1', b: '2', c: '3' } }), undefined)).toEqual({ invalid: 'tag c is not declared' });
    expect(check(point({ tags: { a: '1' } }), undefined)).toEqual({ invalid: 'tag b is missing' });
  });
  it('is looked at again when a further secret is known', () => {
    const redactor = createRedactor();
    const check = createCheck(snapshot, options({ redactor }));
    const late = point({ tags: { a: 's3cr3t-value', b: '2' } });
    expect(check(late, undefined)).toHaveProperty('point');
    redactor.add('s3cr3t-value');
    expect(check(late, undefined)).toEqual({ invalid: 'tag a holds a secret' });
  });
});

describe('a tag of the config', () => {
  it('that holds a secret makes every point invalid', () => {
    const redactor = createRedactor();
    redactor.add('s3cr3t-value');
    const check = createCheck(snapshot, options({ redactor, tags: { team: 's3cr3t-value' } }));
    expect(check(point(), undefined)).toEqual({ invalid: "the config's tag team holds a secret" });
  });
});

describe('time', () => {
  it.each([
    ['event', event],
    ['day', day],
    ['month', month],
  ] as const)('1970 is no time: what a Date is made of that is not known: %s', (_, declared) => {
    const given = { measurement: declared.name, tags: { a: '1' }, fields: { n: 1 }, time: new Date(null as never) };
    expect(createCheck(declared, options())(given, 'UTC')).toEqual({ invalid: 'its time is 1970 or earlier, which is no time' });
  });

  it('of an event may not be ahead of the clock', () => {
    const check = createCheck(event, options());
    const later = { ...point({ measurement: 'event', tags: { a: '1' } }), time: new Date(now.getTime() + 61_000) };
    expect(check(later, undefined)).toEqual({ invalid: 'its time is ahead of the clock' });
    expect(check({ ...later, time: now }, undefined)).toMatchObject({ provisional: false });
  });

  it('of a day is 00:00Z of its date, of a month its first', () => {
    expect(createCheck(day, options())(dayPoint('2026-11-20T01:00Z'), 'UTC')).toEqual({ invalid: 'its time must be 00:00Z of a date' });
    expect(createCheck(month, options())(dayPoint('2026-11-02T00:00Z', 'month'), 'UTC')).toEqual({
      invalid: 'its time must be the first of a month',
    });
  });

  it('a date that is still ahead of the clock is not taken', () => {
    expect(createCheck(day, options())(dayPoint('2026-11-22T00:00Z'), 'Pacific/Auckland')).toBeUndefined();
  });

  it('what is outside the window is not taken', () => {
    const window = { from: new Date('2026-11-18T10:00Z'), to: at };
    const check = createCheck(day, options({ window }));
    expect(check(dayPoint('2026-11-17T00:00Z'), 'UTC')).toBeUndefined();
    expect(check(dayPoint('2026-11-18T00:00Z'), 'UTC')).toBeDefined();
  });

  it.each([
    // Over at 2026-11-19T08:00Z in Los Angeles, settled two days later.
    ['2026-11-18T00:00Z', 'America/Los_Angeles', false],
    ['2026-11-19T00:00Z', 'America/Los_Angeles', true],
    // Over at 2026-11-19T11:00Z in Auckland, and settled by now.
    ['2026-11-19T00:00Z', 'Pacific/Auckland', false],
    ['2026-11-20T00:00Z', 'UTC', true],
  ])('a day is provisional until it is over where it is counted, and settled: %s in %s: %s', (date, zone, provisional) => {
    expect(createCheck(day, options())(dayPoint(date), zone)).toMatchObject({ provisional });
  });

  it('a day of which the upstream has forgotten a part is not taken: the rest of it is not the day', () => {
    let clock = Date.parse('2026-11-21T00:00Z');
    const told = { ...day, history: { depth: '2d', zone: 'account' } };
    const check = createCheck(told, options({ now: () => new Date(clock) }));
    const days = (zone: string) => ['18', '19', '20'].map((date) => check(dayPoint(`2026-11-${date}T00:00Z`), zone) !== undefined);
    expect([days('UTC'), days('Asia/Kolkata'), days('America/Denver')]).toEqual([
      [false, true, true],
      [false, false, true],
      [false, true, true],
    ]);
    // It forgets while the run lasts, and not before it is asked again.
    clock += 1;
    expect([days('UTC'), days('America/Denver')]).toEqual([
      [false, false, true],
      [false, true, true],
    ]);
  });

  it('the user may say how long numbers settle', () => {
    expect(createCheck(day, options({ settleMs: 0 }))(dayPoint('2026-11-20T00:00Z'), 'UTC')).toMatchObject({ provisional: false });
  });

  it('a month is provisional until it is over', () => {
    const check = createCheck(month, options());
    expect(check(dayPoint('2026-11-01T00:00Z', 'month'), 'UTC')).toMatchObject({ provisional: true });
    expect(check(dayPoint('2026-10-01T00:00Z', 'month'), 'UTC')).toMatchObject({ provisional: false });
  });
});
