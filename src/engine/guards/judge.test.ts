import { describe, expect, it } from 'vitest';
import type { Guard } from '../../sdk/measurement.ts';
import { accepted, judge, type Known, violation } from './judge.ts';

const strict: Guard = { maxDrop: 0, min: 1, then: 'hold' };
const at = (time: number, value: number) => ({ time, value });
const held = (time: number, value: number) => ({ time, value, was: 100, reason: 'it fell' });
const known = (readings: readonly [number, number][], ofHeld: readonly [number, number][] = []): Known => ({
  readings: readings.map(([time, value]) => at(time, value)),
  held: ofHeld.map(([time, value]) => held(time, value)),
});

describe('a guard', () => {
  it.each<[string, Guard, number, number, string | undefined]>([
    ['lets a total grow', strict, 100, 500, undefined],
    ['lets a total stand still', strict, 100, 100, undefined],
    ['sees a fall', strict, 100, 99, 'it fell'],
    ['sees what is under the least', strict, 100, 0, 'it is under 1'],
    ['lets be what was under the least before', strict, 0, 0, undefined],
    ['takes a number as a limit', { maxDrop: 5 }, 100, 95, undefined],
    ['takes a number as a limit, and no more', { maxDrop: 5 }, 100, 94, 'it fell by more than 5'],
    ['takes a part of the last reading as a limit', { maxDrop: '5%' }, 200, 190, undefined],
    ['takes a part of the last reading as a limit, and no more', { maxDrop: '5%' }, 200, 189, 'it fell by more than 5%'],
    ['sees a jump', { maxJump: '50%' }, 100, 151, 'it rose by more than 50%'],
    ['sees no jump from nothing: a part of 0 says nothing', { maxJump: '50%' }, 0, 7, undefined],
    ['sees a jump from nothing by a number', { maxJump: 5 }, 0, 7, 'it rose by more than 5'],
  ])('%s', (_, guard, last, value, reason) => {
    expect(violation(guard, last, value)).toBe(reason);
  });
});

describe('a reading', () => {
  it('that is the first is good, and has no difference', () => {
    const verdict = judge(known([]), strict, at(1, 0));
    expect(verdict).toMatchObject({ held: false, good: { reading: at(1, 0), delta: undefined }, next: { readings: [at(1, 0)] } });
  });

  it('that breaks the guard is held', () => {
    expect(judge(known([[1, 100]]), strict, at(2, 90))).toEqual({ held: true, reason: 'it fell', was: 100 });
  });

  it('that breaks the guard goes on where it is only flagged, and is the next base', () => {
    const verdict = judge(known([[1, 100]]), { ...strict, then: 'flag' }, at(2, 90));
    expect(verdict).toMatchObject({
      held: false,
      broke: 'it fell',
      good: { delta: undefined },
      next: { readings: [at(1, 100), at(2, 90)] },
    });
  });

  it('that follows two held ones it agrees with is believed, with them', () => {
    const one = known(
      [[1, 100]],
      [
        [2, 50],
        [3, 60],
      ],
    );
    const verdict = judge(one, strict, at(4, 65));
    expect(verdict).toMatchObject({
      held: false,
      good: { reading: at(4, 65), delta: 5 },
      released: [
        { reading: held(2, 50), delta: undefined },
        { reading: held(3, 60), delta: 10 },
      ],
      dropped: [],
      next: { readings: [at(3, 60), at(4, 65)], held: [] },
    });
  });

  it('that follows one held one, or two that contradict each other, is held too', () => {
    expect(judge(known([[1, 100]], [[2, 50]]), strict, at(3, 50)).held).toBe(true);
    const odd = known(
      [[1, 100]],
      [
        [2, 60],
        [3, 50],
      ],
    );
    expect(judge(odd, strict, at(4, 55)).held).toBe(true);
  });

  it('that brings others back drops what contradicts them', () => {
    const one = known(
      [[1, 100]],
      [
        [2, 90],
        [3, 50],
        [4, 50],
      ],
    );
    expect(judge(one, strict, at(5, 51))).toMatchObject({
      dropped: [held(2, 90)],
      released: [{ reading: held(3, 50) }, { reading: held(4, 50) }],
    });
  });

  it('under the least is never believed, however often it is said', () => {
    const zeros = known(
      [[1, 100]],
      [
        [2, 0],
        [3, 0],
        [4, 0],
      ],
    );
    expect(judge(zeros, strict, at(5, 0)).held).toBe(true);
  });

  it('that is back where it was drops what was held, and counts from the last good one', () => {
    const verdict = judge(known([[1, 100]], [[2, 0]]), strict, at(3, 103));
    expect(verdict).toMatchObject({ held: false, good: { delta: 3 }, released: [], dropped: [held(2, 0)], next: { held: [] } });
  });

  it('leaves what is held to somebody, once nothing guards it', () => {
    const one = known([[1, 100]], [[2, 50]]);
    expect(judge(one, { ...strict, then: 'flag' }, at(3, 50)).held).toBe(false);
    expect(judge(one, undefined, at(3, 50))).toMatchObject({ dropped: [], next: { held: [held(2, 50)] } });
  });

  it('of an earlier time is compared with the last one before it, and has no difference', () => {
    const one = known([
      [1, 100],
      [3, 200],
    ]);
    expect(judge(one, strict, at(2, 150))).toMatchObject({ good: { delta: undefined }, next: { readings: [at(2, 150), at(3, 200)] } });
    expect(judge(one, strict, at(2, 99)).held).toBe(true);
  });

  it('of a time before all that are known is compared with the oldest: it was read after it', () => {
    const one = known([
      [2, 100],
      [3, 200],
    ]);
    expect(judge(one, strict, at(1, 0)).held).toBe(true);
    expect(judge(one, strict, at(1, 210))).toMatchObject({ held: false, next: { readings: one.readings } });
  });

  it('of the same time and value as a good one is good again', () => {
    const one = known([
      [2, 300],
      [3, 200],
    ]);
    expect(judge(one, strict, at(3, 200)).held).toBe(false);
  });

  it('of the same time goes on from what was accepted by hand', () => {
    const accepted = known([
      [2, 300],
      [3, 50],
    ]);
    expect(judge(accepted, strict, at(3, 60))).toMatchObject({
      held: false,
      good: { delta: undefined },
      next: { readings: [at(2, 300), at(3, 60)] },
    });
    expect(judge(accepted, strict, at(3, 40))).toMatchObject({ held: true, reason: 'it fell' });
    expect(judge(accepted, strict, at(3, 0))).toMatchObject({ held: true, reason: 'it is under 1' });
  });

  it('of the same time as a good one is judged by the one before all the same', () => {
    const one = known([
      [2, 300],
      [3, 310],
    ]);
    expect(judge(one, strict, at(3, 305))).toMatchObject({ held: false });
    expect(judge(one, strict, at(3, 299))).toMatchObject({ held: true, was: 300 });
  });

  it('does not say what was added since a run of which nobody knows what it delivered', () => {
    expect(judge(known([[1, 100]]), undefined, at(3, 120), () => false)).toMatchObject({ good: { delta: undefined } });
  });
});

it('readings that are accepted are the base of the next, by time', () => {
  const { readings, good } = accepted([at(1, 10)], [at(2, 5), at(3, 8)]);
  expect(readings).toEqual([at(2, 5), at(3, 8)]);
  expect(good.map(({ delta }) => delta)).toEqual([undefined, 3]);
});
