import { describe, expect, it } from 'vitest';
import { counter, type Entry, flag, gauge, measurement, moment, name, type OpenSink, ratio, text } from '../../src/sdk/index.ts';
import { influxdb } from '../../src/sinks/influxdb/index.ts';
import { createSinkContext } from '../../src/testing/sink-context.ts';

/** Set by `npm run test:servers`, which starts the server. */
const url = process.env.KPI_TEST_VICTORIA_METRICS;

const sample = measurement('vm_sample', {
  help: 'A field of every kind.',
  time: 'snapshot',
  tags: { place: 'where' },
  fields: { level: gauge(), total: counter(), share: ratio(), up: flag(), changed_at: moment(), state: text(), title: name() },
});
const at = new Date('2026-11-21T20:00:00.000Z');

describe.skipIf(url === undefined)('influxdb: a real VictoriaMetrics (npm run test:servers)', () => {
  it('holds every number, flag and moment, and no words', async () => {
    const fields = {
      level: -12.5,
      total: 1_234_567_890,
      share: 0.25,
      up: true,
      changed_at: '2026-11-20T07:08:09.000Z',
      state: 'well',
      title: 'A',
    };
    await write([entry('kinds', fields)]);
    expect(await read('kinds')).toEqual({
      vm_sample_level: [[at.getTime(), -12.5]],
      vm_sample_total: [[at.getTime(), 1_234_567_890]],
      vm_sample_share: [[at.getTime(), 0.25]],
      vm_sample_up: [[at.getTime(), 1]],
      vm_sample_changed_at: [[at.getTime(), Date.parse('2026-11-20T07:08:09.000Z') / 1000]],
    });
  });

  it('keeps series apart, and drops none, whatever is in their tags', async () => {
    const places: Readonly<Record<string, string>> = {
      'with space': 'with space',
      'comma,equals=colon:': 'comma,equals=colon:',
      'quote"and\'apostrophe': 'quote"and\'apostrophe',
      'back\\slash': 'back\\slash',
      'back\\ space': 'back\\ space',
      'double\\\\slash': 'double\\\\slash',
      'backslash at the end\\': 'backslash at the end\\\u241b.',
      'two at the end\\\\': 'two at the end\\\\\u241b.',
      'tab\there': 'tab\u241bthere',
      'line\nbreak': 'line\u241bnbreak',
      'ünïcode 漢字 🚀': 'ünïcode 漢字 🚀',
      ' led and trailed ': ' led and trailed ',
    };
    const days = Object.keys(places).map((place, index) => entry(place, { level: index }));
    await write(days);
    for (const [index, held] of Object.values(places).entries()) {
      expect(await read(held), held).toEqual({ vm_sample_level: [[at.getTime(), index]] });
    }
  });

  it('takes two years of days at once, and numbers before 1971', async () => {
    const start = Date.UTC(2024, 10, 21);
    const days = Array.from({ length: 730 }, (_, day) => entry('years', { level: day }, new Date(start + day * 86_400_000)));
    await write([entry('years', { level: -1 }, new Date(1000)), ...days]);
    const { vm_sample_level: stored } = await read('years');
    expect(stored).toEqual([[1000, -1], ...days.map(({ point }, day) => [point.time.getTime(), day])]);
  });

  it('is offered nothing that it would drop for being ahead', async () => {
    const { timestamps } = influxdb.accepts(settings());
    const futureMs = typeof timestamps === 'object' ? (timestamps.futureMs ?? 0) : 0;
    const [held, dropped] = [-60_000, 60_000].map((ms) => new Date(Date.now() + futureMs + ms)) as [Date, Date];
    await write([entry('ahead', { level: 1 }, held), entry('ahead', { level: 2 }, dropped)]);
    expect(await read('ahead')).toEqual({ vm_sample_level: [[held.getTime(), 1]] });
  });

  it('takes the largest batch', async () => {
    const batch = Array.from({ length: 5000 }, (_, index) =>
      entry(`batch ${index % 100}`, { level: index, share: 0.5 }, new Date(at.getTime() - index)),
    );
    await write(batch);
    expect(await count('vm_sample_level{place=~"batch .*"}')).toBe(5000);
  });

  it('keeps every copy of a rerun, with the same identity', async () => {
    const sink = await open();
    await sink.write([entry('twice', { level: 1 })]);
    await sink.write([entry('twice', { level: 1 })]);
    expect(await read('twice')).toEqual({
      vm_sample_level: [
        [at.getTime(), 1],
        [at.getTime(), 1],
      ],
    });
  });

  it('is ready, and well', async () => {
    const context = createSinkContext({ measurements: [sample], autoInit: false });
    expect(await influxdb.init?.(settings(), [sample], context)).toMatchObject([{ action: 'ready' }]);
    expect(await influxdb.status?.(settings(), [sample], context)).toEqual({
      measurements: [{ name: sample.name, problems: [] }],
      problems: [],
    });
  });
});

function settings(): unknown {
  return influxdb.settings.parse({ url, server: 'victoriametrics' });
}

function open(): Promise<OpenSink> {
  return influxdb.open(settings(), createSinkContext({ measurements: [sample], autoInit: false }));
}

async function write(batch: readonly Entry[]): Promise<void> {
  const sink = await open();
  expect(await sink.write(batch)).toEqual([]);
  await sink.close();
}

function entry(place: string, fields: Entry['point']['fields'], time = at): Entry {
  return { point: { measurement: sample.name, tags: { place }, fields, time }, runId: 'run-1', collectedAt: at, provisional: false };
}

/** Metric name → its samples, as `[milliseconds, value]`, for one place. */
async function read(place: string): Promise<Readonly<Record<string, readonly (readonly [number, number])[]>>> {
  const found: Record<string, [number, number][]> = {};
  for (const { metric, timestamps, values } of await exported(`{__name__=~"vm_sample_.*",place=${JSON.stringify(place)}}`)) {
    found[metric.__name__ ?? ''] = timestamps.map((time, index) => [time, values[index] as number]);
  }
  return found;
}

async function count(match: string): Promise<number> {
  return (await exported(match)).reduce((sum, { values }) => sum + values.length, 0);
}

interface Exported {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
  readonly timestamps: readonly number[];
}

/** https://docs.victoriametrics.com/victoriametrics/single-server-victoriametrics/#how-to-export-data-in-json-line-format */
async function exported(match: string): Promise<readonly Exported[]> {
  await fetch(`${url}/internal/force_flush`);
  const answer = await fetch(`${url}/api/v1/export?${new URLSearchParams({ 'match[]': match, start: '0', end: '253402300799' })}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line));
}
