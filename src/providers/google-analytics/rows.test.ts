import { describe, expect, it } from 'vitest';
import { measurementOf } from './measurements.ts';
import { mismatch, readRows, type Shape } from './rows.ts';
import type { Report } from './schema.ts';
import { ReportSettings } from './settings.ts';

const report = ReportSettings.parse({ name: 'r', metrics: ['sessions', 'bounceRate', 'totalRevenue'], dimensions: ['country'] });
const shape: Shape = { report, measurement: measurementOf(report), property: '7', dates: { from: '2026-11-18', to: '2026-11-21' } };

function answer(rows: readonly unknown[], more: Partial<Report> = {}): Report {
  return {
    kind: 'analyticsData#runReport',
    dimensionHeaders: [{ name: 'date' }, { name: 'country' }],
    metricHeaders: [
      { name: 'sessions', type: 'TYPE_INTEGER' },
      { name: 'bounceRate', type: 'TYPE_FLOAT' },
      { name: 'totalRevenue', type: 'TYPE_CURRENCY' },
    ],
    rows: [...rows],
    rowCount: rows.length,
    metadata: { currencyCode: 'EUR' },
    ...more,
  };
}

function row(dimensions: readonly unknown[], metrics: readonly unknown[]): object {
  return { dimensionValues: dimensions.map((value) => ({ value })), metricValues: metrics.map((value) => ({ value })) };
}

function read(...given: readonly object[]) {
  return readRows(answer(given), shape);
}

describe('readRows', () => {
  it('makes a point of a row', () => {
    const { points, bad, dayless } = read(row(['20261120', 'Germany'], ['42', '0.25', '-3.5']));
    expect([bad, dayless]).toEqual([0, 0]);
    expect(points).toEqual([
      {
        measurement: 'google_analytics_r',
        tags: { property: '7', country: 'Germany' },
        fields: { sessions: 42, bounce_rate: 0.25, total_revenue: -3.5, currency: 'EUR' },
        time: new Date('2026-11-20T00:00:00.000Z'),
      },
    ]);
  });

  it('leaves out what is not known, and makes no point of nothing', () => {
    expect(read(row(['20261120', 'x'], ['42', '(not set)', ''])).points[0]?.fields).toEqual({ sessions: 42 });
    expect(read(row(['20261120', 'x'], ['', '', '']))).toMatchObject({ points: [], bad: 0 });
  });

  it('keeps of a row whose address lost its query only what can be added up', () => {
    const one = ReportSettings.parse({ name: 'r', metrics: ['sessions', 'eventCount'], dimensions: ['customEvent:location'] });
    const headers = [{ name: 'date' }, { name: 'customEvent:location' }];
    const metrics = ['sessions', 'eventCount'].map((name) => ({ name, type: 'TYPE_INTEGER' }));
    const rows = ['/a?key=secret-1', '/a', '/a?'].map((what) => row(['20261120', what], ['3', '8']));
    const reading = readRows(answer(rows, { dimensionHeaders: headers, metricHeaders: metrics }), {
      ...shape,
      report: one,
      measurement: measurementOf(one),
    });
    const told = (points: typeof reading.points) => points.map(({ tags, fields }) => [tags.custom_event_location, fields]);
    expect(told(reading.points)).toEqual([['/a', { sessions: 3, event_count: 8 }]]);
    expect(told(reading.cut)).toEqual([
      ['/a?', { event_count: 8 }],
      ['/a?', { event_count: 8 }],
    ]);
    expect(reading.cutRows).toBe(2);
  });

  it('leaves out a ratio that cannot be one, and nothing else of its row', () => {
    const rows = [
      row(['20261120', 'x'], ['42', '1.02', '0']),
      row(['20261119', 'x'], ['1', '-0.5', '0']),
      row(['20261118', 'x'], ['1', '1', '0']),
    ];
    const { points, bad, odd } = read(...rows);
    expect(bad).toBe(0);
    expect(points.map(({ fields }) => fields)).toEqual([
      { sessions: 42, total_revenue: 0, currency: 'EUR' },
      { sessions: 1, total_revenue: 0, currency: 'EUR' },
      { sessions: 1, bounce_rate: 1, total_revenue: 0, currency: 'EUR' },
    ]);
    expect([...odd]).toEqual([['bounceRate', { rows: 2, first: 1.02 }]]);
    expect(read(row(['20261120', 'x'], ['', '1.02', '']))).toMatchObject({ points: [], bad: 0 });
  });

  it.each(['(other)', '(not set)', ''])('has no day for "%s"', (day) => {
    expect(read(row([day, 'x'], ['1', '0', '0']))).toMatchObject({ points: [], bad: 0, dayless: 1 });
  });

  it.each([
    [row(['20261131', 'x'], ['1', '0', '0']), '"20261131" is no date'],
    [row(['2026112100', 'x'], ['1', '0', '0']), 'is no date'],
    [row(['20261117', 'x'], ['1', '0', '0']), '2026-11-17 was not asked for'],
    [row(['20261120'], ['1', '0', '0']), 'one value for each dimension'],
    [row(['20261120', 'x'], ['1', '0']), 'one value for each metric'],
    [row(['20261120', undefined], ['1', '0', '0']), 'a dimension has no value'],
    [row(['20261120', 'x'], ['NaN', '0', '0']), 'sessions is no number'],
    [row(['20261120', 'x'], ['0x10', '0', '0']), 'sessions is no number'],
    [row(['20261120', 'x'], ['Infinity', '0', '0']), 'sessions is no number'],
    [row(['20261120', 'x'], [undefined, '0', '0']), 'sessions is no number'],
    [row(['20261120', 'x'], ['9007199254740993', '0', '0']), 'too large to be exact'],
    [row(['20261120', 'x'], ['-1', '0', '0']), 'sessions is negative'],
    [{}, 'one value for each dimension'],
  ])('knows a bad row: %#', (bad, why) => {
    const good = row(['20261120', 'x'], ['1', '0', '0']);
    const reading = read(bad, good);
    expect(reading).toMatchObject({ bad: 1, dayless: 0, why: expect.stringContaining(why) });
    expect(reading.points).toHaveLength(1);
  });
});

describe('mismatch', () => {
  it('finds other columns than were asked for, and more rows than there are', () => {
    const rows = [row(['20261120', 'x'], ['1', '0', '0'])];
    expect(mismatch(answer(rows), shape, 0)).toBeUndefined();
    expect(mismatch(answer([]), shape, 0)).toBeUndefined();
    expect(mismatch(answer([], { dimensionHeaders: [], metricHeaders: [] }), shape, 0)).toBeUndefined();
    expect(mismatch(answer(rows, { dimensionHeaders: [], metricHeaders: [] }), shape, 0)).toContain('were asked for');
    expect(mismatch(answer(rows, { dimensionHeaders: [{ name: 'country' }, { name: 'date' }] }), shape, 0)).toContain('were asked for');
    expect(mismatch(answer([], { metricHeaders: [] }), shape, 0)).toContain('were asked for');
    expect(mismatch(answer(rows, { rowCount: 0 }), shape, 0)).toBe('it says that it has 0 rows, and brings 1');
  });
});
