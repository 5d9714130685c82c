import { describe, expect, it } from 'vitest';
import { createPace, type Pace } from './pace.ts';

/** What is asked for, one after another, of an upstream that bears `most` at once. */
function asked(pace: Pace, most: number, times: number): readonly number[] {
  return Array.from({ length: times }, () => {
    const { size } = pace;
    if (size > most) pace.tooLarge(size);
    else pace.well(size);
    return size;
  });
}

describe('createPace', () => {
  it('stays at the most while all goes well', () => {
    expect(asked(createPace(100), 100, 5)).toEqual([100, 100, 100, 100, 100]);
  });

  it('halves, down to one', () => {
    const pace = createPace(100);
    const sizes = [];
    for (let time = 0; time < 8; time += 1) {
      sizes.push(pace.size);
      pace.tooLarge(pace.size);
    }
    expect(sizes).toEqual([100, 50, 25, 12, 6, 3, 1, 1]);
  });

  it('asks for what was too much only after ten good answers, then after twenty', () => {
    const sizes = asked(createPace(100), 30, 60);
    expect(sizes.slice(0, 2)).toEqual([100, 50]);
    const failures = sizes.flatMap((size, index) => (size > 30 ? [index] : []));
    expect(failures).toEqual([0, 1, 12, 33]);
    expect(sizes.filter((size) => size <= 30).every((size) => size === 25)).toBe(true);
  });

  it('grows again after two good answers where that is less than what was too much', () => {
    const pace = createPace(100);
    pace.tooLarge(100);
    pace.tooLarge(50);
    pace.tooLarge(25);
    pace.tooLarge(12);
    expect(pace.size).toBe(6);
    // A smaller rest says nothing of the size.
    pace.well(2);
    pace.well(2);
    expect(pace.size).toBe(6);
    for (let time = 0; time < 10; time += 1) pace.well(6);
    expect(pace.size).toBe(12);
  });

  it('returns to the most once the one item that was too much is given up', () => {
    const pace = createPace(50);
    pace.tooLarge(50);
    pace.tooLarge(25);
    pace.givenUp();
    expect(pace).toMatchObject({ size: 1, lost: 1 });
    pace.givenUp();
    expect(pace.lost).toBe(2);
    pace.well(1);
    expect(pace).toMatchObject({ size: 50, lost: 0 });
  });
});
