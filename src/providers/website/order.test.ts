import { describe, expect, it } from 'vitest';
import { isWell } from './order.ts';

describe('a status is well', () => {
  it.each([
    [200, ['2xx'], true],
    [299, ['2xx'], true],
    [300, ['2xx'], false],
    [404, [404], true],
    [404, ['2xx', 401], false],
    [401, ['2xx', 401], true],
    [503, ['5xx'], true],
  ] as const)('%i by %j: %j', (status, rules, well) => {
    expect(isWell(status, rules)).toBe(well);
  });
});
