import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gauge, measurement } from '../sdk/measurement.ts';
import type { Entry, Fields, Tags } from '../sdk/point.ts';
import { declarationOf, entryBody, entryOf } from './outbox-format.ts';

const when = new Date('2026-11-21T20:00:00.123Z');

function entry(tags: Tags, fields: Fields): Entry {
  return { point: { measurement: 'sample', tags, fields, time: when }, runId: 'run-1', collectedAt: when, provisional: false };
}

function reread(one: Entry): Entry {
  const { point, runId, collectedAt, provisional } = one;
  const body = entryBody(one);
  const row = { body, run_name: runId, measurement_name: point.measurement, provisional: provisional ? 1 : 0 };
  return entryOf({ ...row, time: point.time.getTime(), collected_at: collectedAt.getTime() });
}

describe('entryBody', () => {
  it('reads back to the very same values', () => {
    const name = fc.constantFrom('a', 'b', 'stars', 'x_le_0_5', 'constructor', 'to_string', 'z9', 'is_archived');
    // Any code units, lone surrogates among them.
    const text = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units));
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    const value = fc.oneof(number, fc.constantFrom(-0, 0.1 + 0.2, 5e-324, Number.MAX_VALUE, 2 ** 53), fc.boolean(), text);
    fc.assert(
      fc.property(fc.dictionary(name, text, { maxKeys: 5 }), fc.dictionary(name, value, { maxKeys: 8 }), (tags, fields) => {
        const one = entry({ ...tags }, { ...fields });
        const again = reread(one);
        // toStrictEqual tells -0 from 0.
        expect(again).toStrictEqual(one);
        expect(Object.keys(again.point.fields)).toEqual(Object.keys(one.point.fields));
      }),
      { numRuns: 50 },
    );
  });

  it('keeps a negative zero, half a surrogate pair, and the end of a C string', () => {
    const one = entry({ tag: '\ud83d' }, { zero: -0, also: 0, text: 'a\0b "\\\u2028', yes: true });
    const { fields, tags } = reread(one).point;
    expect(Object.is(fields.zero, -0)).toBe(true);
    expect(Object.is(fields.also, 0)).toBe(true);
    expect(fields).toStrictEqual(one.point.fields);
    expect(tags).toStrictEqual(one.point.tags);
  });

  it('refuses a number that JSON would turn into null', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => entryBody(entry({}, { value }))).toThrow(/sample: value is/);
  });
});

describe('declarationOf', () => {
  const declare = (help: string) => measurement('sample', { help, time: 'snapshot', tags: {}, fields: { level: gauge() } });

  it('is the same for the same declaration alone', () => {
    expect(declarationOf(declare('one'))).toEqual(declarationOf(declare('one')));
    expect(declarationOf(declare('one')).hash).not.toBe(declarationOf(declare('two')).hash);
  });
});
