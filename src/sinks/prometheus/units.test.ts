import { describe, expect, it } from 'vitest';
import { baseUnit, withoutUnit } from './units.ts';

describe('prometheus: units', () => {
  it.each([
    ['ms', 'seconds', 250, 0.25],
    ['min', 'seconds', 2, 120],
    ['d', 'seconds', 14, 1_209_600],
    ['KiBy', 'bytes', 1.5, 1536],
    ['%', 'ratio', 12.5, 0.125],
  ])('%s is %s', (unit, name, value, expected) => {
    const base = baseUnit(unit);
    expect(base?.name).toBe(name);
    expect((value * (base?.times ?? 0)) / (base?.per ?? 1)).toBe(expected);
  });

  it.each([undefined, '', '1', '{star}', '{contact}/mo', 'constructor'])('%s is no unit that a name ends in', (unit) => {
    expect(baseUnit(unit)).toBeUndefined();
  });

  it.each([
    ['duration_ms', 'seconds', 'duration'],
    ['certificate_days', 'seconds', 'certificate'],
    ['ms', 'seconds', ''],
    ['terms', 'seconds', 'terms'],
    ['size_kib', 'bytes', 'size'],
    ['lobby', 'bytes', 'lobby'],
    ['share_percent', 'ratio', 'share'],
    ['open_rate', 'ratio', 'open_rate'],
    ['height_meters', 'meters', 'height'],
    ['height', 'meters', 'height'],
  ])('%s in %s is %s', (field, unit, expected) => {
    expect(withoutUnit(field, unit)).toBe(expected);
  });
});
