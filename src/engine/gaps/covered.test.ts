import { describe, expect, it } from 'vitest';
import type { Entry, Fields } from '../../sdk/point.ts';
import { type Period, parsePeriod } from '../period.ts';
import type { Ranges } from '../ranges.ts';
import { coveredBy, coveredPeriods } from './covered.ts';
import { gridOf, gridOfMeasurement } from './grid.ts';

const daily = parsePeriod('1d') as Period;
const at = (text: string) => Date.parse(`2026-11-${text}Z`);
const shown = (ranges: Ranges) => ranges.map((range) => range.map((time) => new Date(time).toISOString().slice(8, 16)).join(' to '));

async function* runs(told: Readonly<Record<string, string>>, more: Fields = {}): AsyncGenerator<Entry> {
  for (const [time, status] of Object.entries(told)) {
    const point = { measurement: 'kpi_provider_run', tags: { provider: 'shop' }, fields: { status, ...more }, time: new Date(at(time)) };
    yield { point, runId: 'r', collectedAt: point.time, provisional: false };
  }
}

const covered = (told: Readonly<Record<string, string>>) => coveredBy(runs(told), { every: daily }, gridOf(daily));

describe('what was collected without a problem', () => {
  it('lies between two runs that had none, also where one between them had', async () => {
    const { chains, periods } = await covered({
      '01T00:05': 'ok',
      '02T00:05': 'ok',
      '03T00:05': 'failed',
      '04T00:05': 'partial',
      '05T00:05': 'ok',
      '06T00:05': 'partial',
    });
    expect(shown(chains)).toEqual(['01T00:05 to 05T00:05']);
    expect(shown(periods)).toEqual(['01T00:00 to 03T00:00', '05T00:00 to 06T00:00']);
  });

  it('is not told by a run that asked for a part, nor by one of an earlier time', async () => {
    const { chains, periods } = await coveredBy(mixed(), { every: daily }, gridOf(daily));
    expect(shown(chains)).toEqual(['01T00:00 to 02T00:00']);
    expect(shown(periods)).toEqual(['01T00:00 to 03T00:00']);
    async function* mixed() {
      yield* runs({ '01T00:05': 'ok' }, { scheduled_at: '2026-11-01T00:00:00.000Z', asked: 'all' });
      yield* runs({ '02T00:05': 'ok' }, { scheduled_at: '2026-11-02T00:00:00.000Z' });
      for (const asked of ['failed', 'range', 'measurements']) yield* runs({ '02T12:00': 'ok' }, { asked });
      yield* runs({ '03T00:05': 'ok' }, { scheduled_at: '2026-11-01T00:00:00.000Z' });
    }
  });

  it('is not claimed where the store has no run: it may have gone elsewhere', async () => {
    const { chains } = await covered({ '01T00:05': 'ok', '02T00:05': 'ok', '05T00:05': 'ok', '06T00:05': 'ok' });
    expect(shown(chains)).toEqual(['01T00:05 to 02T00:05', '05T00:05 to 06T00:05']);
  });

  it('is not claimed from one series of runs to another', async () => {
    const { chains } = await coveredBy(both(), { every: daily }, undefined);
    expect(shown(chains)).toEqual(['05T00:00 to 06T00:00']);
    async function* both() {
      yield* runs({ '05T00:00': 'ok', '06T00:00': 'ok' });
      yield* runs({ '05T12:00': 'ok' });
    }
  });
});

describe('the periods of it', () => {
  const day = { time: 'day', history: { settle: '1d' } } as const;
  const grid = gridOfMeasurement(day, daily);
  const chains = [[at('05T00:05'), at('08T00:05')]] as const;
  const periods = (measurement: Parameters<typeof coveredPeriods>[2], settleMs?: number, finished: Ranges = []) => {
    if (!grid) throw new TypeError('days have periods');
    return shown(coveredPeriods({ chains, periods: [] }, finished, measurement, grid, settleMs));
  };

  it('are whole, and begin with what the first run asked for again', () => {
    expect(periods(day)).toEqual(['04T00:00 to 08T00:00']);
    expect(periods(day, 3 * 86_400_000)).toEqual(['02T00:00 to 08T00:00']);
    expect(periods({ time: 'day', history: { zone: 'account' } })).toEqual(['05T00:00 to 07T00:00']);
  });

  it('are whole months, also that in which the first of the runs was', () => {
    const month = { time: 'month', history: { settle: '3d' } } as const;
    const months = gridOfMeasurement(month, daily);
    if (!months) throw new TypeError('months have periods');
    const two = [[Date.parse('2026-01-20T00:05Z'), Date.parse('2026-03-02T00:05Z')]] as const;
    expect(coveredPeriods({ chains: two, periods: [] }, [], month, months, undefined)).toEqual([
      [Date.parse('2026-01-01'), Date.parse('2026-03-01')],
    ]);
  });

  it('are also those that a backfill finished', () => {
    expect(periods(day, undefined, [[at('01T12:00'), at('03T12:00')]])).toEqual(['02T00:00 to 03T00:00', '04T00:00 to 08T00:00']);
  });
});
