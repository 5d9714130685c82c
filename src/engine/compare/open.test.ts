import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PermanentError } from '../../sdk/errors.ts';
import { counter, gauge, measurement } from '../../sdk/measurement.ts';
import type { Point } from '../../sdk/point.ts';
import { defineProvider } from '../../sdk/provider.ts';
import { sqlite } from '../../sinks/sqlite/index.ts';
import { createTestClock, type TestClock } from '../../testing/clock.ts';
import { createTestOutside, type TestOutside } from '../../testing/outside.ts';
import { type CollectFlags, collect } from '../collect.ts';
import type { Config, ProviderInstance, SinkInstance } from '../config/config.ts';
import type { RunEvent } from '../events.ts';
import { createRedactor } from '../redact.ts';

const sales = measurement('shop_sales', { help: '', time: 'snapshot', tags: { city: '' }, fields: { sold: counter(), open: gauge() } });
const visits = measurement('shop_visits', {
  help: '',
  time: 'day',
  tags: { city: '' },
  fields: { seen: gauge() },
  history: { first: '3d' },
});
const at = '2026-11-21T20:00:00.000Z';

let dir: string;
let clock: TestClock;
let outside: TestOutside;
/** What the shops have sold. */
let sold: number;
/** How many have visited one on a day. */
let seen: number;
let failing: boolean;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-dry-'));
  clock = createTestClock(at);
  outside = createTestOutside({ cwd: dir, clock });
  sold = 5;
  seen = 10;
  failing = false;
});
afterEach(() => rmSync(dir, { recursive: true }));

const provider = defineProvider<object, string>({
  name: 'shop',
  help: '',
  settings: z.object({}),
  example: {},
  measurements: () => [sales, visits],
  limits: () => [{ name: 'calls', key: ['shop'], concurrency: 1, source: 'a test' }],
  targets: () => ['Riga', 'Oslo'],
  label: (target) => target,
  connect: async () => ({
    async *collect(city, context): AsyncGenerator<Point> {
      yield sales.of({ tags: { city }, fields: { sold: city === 'Riga' ? sold : 1, open: 1 }, time: context.at });
      for (const day of ['2026-11-19', '2026-11-20']) yield visits.of({ tags: { city }, fields: { seen }, time: new Date(day) });
      if (failing && city === 'Oslo') throw new PermanentError('closed', { kind: 'not-found' });
    },
    close: async () => {},
  }),
});

const shop: ProviderInstance = {
  ...{ name: 'shop', type: 'shop', provider, settings: {}, enabled: true, selected: true, required: true, tags: {} },
};
const store = (more: Partial<SinkInstance> = {}): SinkInstance => ({
  ...{ name: 'local', type: 'sqlite', sink: sqlite, settings: { path: 'kpi.db' }, enabled: true, selected: true, required: true },
  autoInit: true,
  ...more,
});

/** Runs with a dry run's selection of sinks: none. */
async function start(flags: CollectFlags, more: Partial<SinkInstance> = {}, listen: (event: RunEvent) => void = () => {}) {
  const config: Config = {
    file: join(dir, 'kpi.config.json'),
    dir,
    run: { concurrency: 4, timeoutMs: 60_000, failOn: 'required', stateDir: join(dir, '.kpi'), state: 'local' },
    tags: {},
    providers: [shop],
    sinks: [store({ selected: flags.dryRun !== true, ...more })],
    store: 'local',
    outbox: { maxBytes: 1024 ** 3 },
    warnings: [],
    secrets: [],
  };
  return await collect(
    config,
    { ...(flags.from === undefined && { at }), ...flags },
    { outside, redactor: createRedactor(), userAgent: 'kpi/1.0', listen },
  );
}

const dry: CollectFlags = { dryRun: true, exitOnChange: true };

/** Every file with its bytes, and when it was written. */
function everything() {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
    .sort()
    .map((file) => [file, readFileSync(file, 'base64'), statSync(file).mtimeMs, statSync(file).ino]);
}

describe('a dry run that is compared with the store', () => {
  it('adds all where the store is not there yet, and makes nothing', async () => {
    const report = await start(dry);
    expect(report).toMatchObject({
      status: 'ok',
      exitCode: 4,
      dryRun: true,
      sinks: [],
      changes: [
        { measurement: 'shop_sales', added: 2, changed: 0, left: 0, values: 0, samples: [] },
        { measurement: 'shop_visits', added: 4, changed: 0, left: 0 },
      ],
    });
    expect(readdirSync(dir)).toEqual([]);
  });

  it('leaves all that was collected, says old → new of what is another, and writes nothing', async () => {
    await start({});
    const before = everything();
    clock.advance(60_000);
    const same = await start(dry);
    expect(same).toMatchObject({
      exitCode: 0,
      changes: [
        { measurement: 'shop_sales', added: 0, changed: 0, left: 2 },
        { measurement: 'shop_visits', added: 0, changed: 0, left: 4 },
      ],
    });
    sold = 7;
    const other = await start(dry);
    const samples = [{ tags: { city: 'Riga' }, time: at, field: 'sold', old: 5, new: 7 }];
    expect(other).toMatchObject({ status: 'ok', exitCode: 4, problems: [] });
    expect(other.changes?.[0]).toEqual({ measurement: 'shop_sales', added: 0, changed: 1, left: 1, values: 1, samples });
    expect(everything()).toEqual(before);
    expect(existsSync(join(dir, 'kpi.db-wal'))).toBe(false);
  });

  it('is so wherever a past is asked for, by chunks; without another exit code unless that is asked for too', async () => {
    const past: CollectFlags = { from: '2026-11-18', to: '2026-11-21', chunk: '1d' };
    expect(await start({ ...past, dryRun: true })).toMatchObject({
      exitCode: 0,
      changes: [{ measurement: 'shop_visits', added: 4, changed: 0, left: 0 }],
    });
    expect(readdirSync(dir)).toEqual([]);
    await start(past);
    const before = everything();
    seen = 11;
    const part: CollectFlags = { ...past, to: '2026-11-20', ...dry };
    const samples = ['Riga', 'Oslo'].map((city) => ({ tags: { city }, time: '2026-11-19T00:00:00.000Z', field: 'seen', old: 10, new: 11 }));
    const other = await start(part);
    expect(other).toMatchObject({ exitCode: 4, changes: [{ added: 0, changed: 2, left: 0, values: 2 }] });
    expect(other.changes?.[0]?.samples).toEqual(expect.arrayContaining(samples));
    expect(everything()).toEqual(before);
    seen = 10;
    expect(await start(part)).toMatchObject({ exitCode: 0, changes: [{ left: 2 }] });
  });

  it('is not so in any other run', async () => {
    expect((await start({ dryRun: true })).changes).toBeUndefined();
    expect((await start({})).changes).toBeUndefined();
  });

  it('streams its points as before', async () => {
    let points = 0;
    const report = await start({ ...dry, json: true }, {}, (event) => {
      if (event.type === 'point') points++;
    });
    expect([points, report.changes?.length]).toEqual([6, 2]);
  });

  it('compares what the store is to have, and no more', async () => {
    expect((await start(dry, { only: ['shop_visits'] })).changes).toMatchObject([{ measurement: 'shop_visits', added: 4 }]);
  });

  it('hides no failure behind the changes', async () => {
    failing = true;
    expect(await start(dry)).toMatchObject({ status: 'partial', exitCode: 3, changes: [{ added: 2 }, { added: 4 }] });
    expect(await start({ ...dry, failOn: 'never' })).toMatchObject({ status: 'partial', exitCode: 4 });
    const gone = await start({ ...dry, report: 'kpi.db/report.json' }).catch((error) => error.message);
    expect(gone).toContain('--report');
  });

  it('fails where the store cannot be read, whatever the failures of providers count', async () => {
    writeFileSync(join(dir, 'kpi.db'), 'not a database, but the notes of somebody');
    const report = await start({ ...dry, failOn: 'never' });
    expect(report).toMatchObject({ status: 'failed', exitCode: 1, changes: [], providers: [{ status: 'ok' }] });
    expect(report.problems).toEqual([
      {
        severity: 'error',
        kind: 'unavailable',
        message: expect.stringMatching(/^6 of 6 points were not compared with the store local: kpi.db is not a SQLite database/),
      },
    ]);
    expect(readdirSync(dir)).toEqual(['kpi.db']);
  });
});
