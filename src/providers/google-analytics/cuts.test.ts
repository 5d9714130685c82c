import { describe, expect, it } from 'vitest';
import type { Point } from '../../sdk/index.ts';
import { createCuts } from './cuts.ts';

function point(what: string, day: number, fields: Point['fields']): Point {
  return { measurement: 'm', tags: { property: '7', what }, fields, time: new Date(Date.UTC(2026, 10, day)) };
}

describe('what came of rows whose addresses were cut', () => {
  it('is added up where it is alike, by day', () => {
    const cuts = createCuts();
    cuts.add(point('/a?', 20, { views: 3, revenue: 1.5, currency: 'EUR' }));
    cuts.add(point('/b?', 20, { views: 4 }));
    cuts.add(point('/a?', 21, { views: 5 }));
    cuts.add(point('/a?', 20, { views: 2, events: 1, currency: 'EUR' }));
    expect([...cuts.points]).toEqual([
      point('/a?', 20, { views: 5, revenue: 1.5, events: 1, currency: 'EUR' }),
      point('/b?', 20, { views: 4 }),
      point('/a?', 21, { views: 5 }),
    ]);
    expect(cuts.left).toBe(0);
  });

  it('is no more than 20,000 points, and what is left out is counted', () => {
    const cuts = createCuts();
    for (let place = 0; place < 20_002; place += 1) cuts.add(point(`/${place}?`, 20, { views: 1 }));
    cuts.add(point('/0?', 20, { views: 1 }));
    expect([...cuts.points].length).toBe(20_000);
    expect(cuts.left).toBe(2);
  });
});
