import { expect, it } from 'vitest';
import { createFound } from './found.ts';

const at = (text: string) => Date.parse(text);
const part = (from: string, to: string, recoverable: 'range' | 'at' | undefined, lostOn?: string) => ({
  range: [at(from), at(to)] as const,
  recoverable,
  ...(lostOn !== undefined && { lostOn: at(lostOn) }),
});

it('tells of the same periods of many series once', () => {
  const found = createFound();
  for (let index = 0; index < 10_000; index++)
    found.add('sales', ['shop'], { city: `c${index}` }, part('2026-11-08', '2026-11-10', 'range', '2026-11-22'));
  found.compare('sales', new Set([at('2026-11-07'), at('2026-11-10')]));
  found.add('stock', ['shop'], { city: 'a' }, part('2026-11-08', '2026-11-10', undefined));
  found.compare('stock', new Set([at('2026-11-09')]));
  expect(found.end()).toEqual({
    more: 0,
    gaps: [
      {
        measurement: 'sales',
        providers: ['shop'],
        from: '2026-11-08T00:00:00.000Z',
        to: '2026-11-10T00:00:00.000Z',
        series: 10_000,
        examples: [{ city: 'c0' }, { city: 'c1' }, { city: 'c2' }],
        othersHave: false,
        status: 'recoverable',
        command: 'kpi collect --from 2026-11-08 --to 2026-11-10 --providers shop',
        lostOn: '2026-11-22T00:00:00.000Z',
      },
      expect.objectContaining({ measurement: 'stock', status: 'lost', othersHave: true }),
    ],
    fixes: [
      {
        providers: ['shop'],
        from: '2026-11-08',
        to: '2026-11-10',
        command: 'kpi collect --from 2026-11-08 --to 2026-11-10 --providers shop',
      },
    ],
  });
});

it('brings by one command what lies near, for the same providers', () => {
  const found = createFound();
  found.add('a', ['shop'], {}, part('2026-11-01', '2026-11-02', 'range'));
  found.add('b', ['shop'], {}, part('2026-11-05', '2026-11-06', 'range'));
  found.add('b', ['shop'], {}, part('2026-01-05', '2026-01-06', 'range'));
  found.add('b', ['shop', 'other'], {}, part('2026-11-05', '2026-11-06', 'range'));
  found.add('c', ['shop'], {}, part('2026-11-21T16:00Z', '2026-11-21T20:00Z', 'at'));
  expect(found.end().fixes.map((one) => one.command)).toEqual([
    'kpi collect --from 2026-01-05 --to 2026-01-06 --providers shop',
    'kpi collect --from 2026-11-01 --to 2026-11-06 --providers shop',
    'kpi collect --from 2026-11-05 --to 2026-11-06 --providers shop,other',
    'kpi collect --at 2026-11-21T16:00Z --providers shop',
  ]);
});

it('keeps a thousand gaps, and counts the others: what can be brought of them is brought', () => {
  const found = createFound();
  const from = at('2020-01-01');
  for (let day = 0; day < 2500; day += 2) {
    const range = [from + day * 86_400_000, from + (day + 1) * 86_400_000] as const;
    found.add('sales', ['shop'], { city: `c${day}` }, { range, recoverable: 'range' });
  }
  const { gaps, more, fixes } = found.end();
  expect([gaps.length, more, fixes.map((one) => one.to)]).toEqual([1000, 250, ['2026-11-04']]);
});
