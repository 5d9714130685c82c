import { describe, expect, it } from 'vitest';
import { createTrail } from './trail.ts';

const progress = { count: 100, fresh: 100, total: 1000 };

describe('createTrail', () => {
  it('leads from page to page', () => {
    const trail = createTrail();
    expect(trail.after).toBeNull();
    for (const cursor of ['a', 'b', 'c']) {
      expect(trail.follow(cursor, progress)).toBeUndefined();
      expect(trail.after).toBe(cursor);
    }
  });

  it('ends where a list does not say how it goes on, or leads back', () => {
    const trail = createTrail();
    trail.follow('a', progress);
    for (const cursor of [null, undefined]) expect(trail.follow(cursor, progress)).toMatch(/^goes on, but does not say where/);
    expect(trail.follow('a', progress)).toMatch(/^came back to where it was before/);
    expect(trail.after).toBe('a');
  });

  it('ends where page after page brings nothing new, or too much comes', () => {
    const trail = createTrail();
    expect(trail.follow('a', { ...progress, fresh: 0 })).toBeUndefined();
    expect(trail.follow('b', progress)).toBeUndefined();
    expect(trail.follow('c', { ...progress, fresh: 0 })).toBeUndefined();
    expect(trail.follow('d', { ...progress, fresh: 0 })).toBeUndefined();
    expect(trail.follow('e', { ...progress, fresh: 0 })).toMatch(/^brought nothing new on 3 pages/);
    expect(createTrail().follow('a', { count: 1101, fresh: 1, total: 1000 })).toMatch(/^does not end after the 1000/);
    expect(createTrail().follow('a', { count: 1100, fresh: 1, total: 1000 })).toBeUndefined();
  });
});
