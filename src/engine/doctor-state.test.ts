import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gauge, measurement } from '../sdk/index.ts';
import { createTestClock } from '../testing/clock.ts';
import { createTestOutside } from '../testing/outside.ts';
import type { Config, SinkInstance } from './config/config.ts';
import type { Found } from './doctor-findings.ts';
import { stateFound } from './doctor-state.ts';
import { processStart } from './lease.ts';
import type { RunRecord } from './memory.ts';
import { openOutbox } from './outbox.ts';
import { openLocalState } from './state.ts';

const level = measurement('level', { help: 'A level.', time: 'snapshot', tags: {}, fields: { n: gauge() } });
const clock = createTestClock();
let dir = '';
let stateDir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-doctor-'));
  stateDir = join(dir, '.kpi');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const sinks = [
  { name: 'local', enabled: true },
  { name: 'off', enabled: false },
] as SinkInstance[];

async function found(own: Partial<Config['run']> = {}, maxBytes = 2 ** 30): Promise<readonly Found[]> {
  const config = { run: { stateDir, state: 'local', ...own }, outbox: { maxBytes }, sinks, store: 'local' } as unknown as Config;
  const outside = createTestOutside({ cwd: dir, clock });
  const all: Found[] = [];
  for await (const one of stateFound(config, outside)) all.push(one);
  return all;
}

async function inState(work: (state: Awaited<ReturnType<typeof openLocalState>>) => Promise<unknown>): Promise<void> {
  const state = await openLocalState(stateDir, { clock });
  await work(state);
  await state.close();
}

async function inOutbox(work: (outbox: Awaited<ReturnType<typeof openOutbox>>) => Promise<unknown>): Promise<void> {
  const outbox = await openOutbox(stateDir, { clock, maxBytes: 2 ** 30 });
  await work(outbox);
  outbox.close();
}

const entry = {
  point: { measurement: 'level', tags: {}, fields: { n: 1 }, time: clock.now() },
  runId: 'r',
  collectedAt: clock.now(),
  provisional: false,
};

function only(all: readonly Found[], check: string): readonly Found[] {
  return all.filter((one) => one.check === check);
}

describe('the state folder', () => {
  it('is not made', async () => {
    expect(await found()).toMatchObject([
      { check: 'folder', status: 'ok', message: expect.stringContaining('is made by the first run') },
      { check: 'state', status: 'ok', message: expect.stringContaining('no run') },
      { check: 'outbox', status: 'ok', message: expect.stringContaining('no run') },
    ]);
    expect(existsSync(stateDir)).toBe(false);
  });

  it('that is a file, or under one, is an error', async () => {
    writeFileSync(stateDir, '');
    expect(await found()).toMatchObject([{ check: 'folder', status: 'error', mend: expect.stringContaining('KPI_STATE_DIR') }]);
    stateDir = join(stateDir, 'below');
    expect(await found()).toMatchObject([{ check: 'folder', status: 'error', message: expect.stringContaining('ENOTDIR') }]);
  });

  it.skipIf(process.getuid?.() === 0)('that cannot be written is an error', async () => {
    mkdirSync(stateDir);
    chmodSync(stateDir, 0o500);
    expect(await found()).toMatchObject([{ check: 'folder', status: 'error', message: expect.stringContaining('EACCES') }]);
    chmodSync(stateDir, 0o700);
  });

  it('keeps every byte and file as it was', async () => {
    await inState((state) => state.change([{ kind: 'run', key: 'a', value: running() }]));
    await inOutbox((outbox) => outbox.append('local', [entry], () => level));
    const before = readdirSync(stateDir);
    await found();
    expect(readdirSync(stateDir)).toEqual(before);
    await inState(async (state) => expect(await state.read('run', 'a')).toMatchObject({ version: 1, value: { status: 'running' } }));
  });
});

describe.each(['state', 'outbox'])('%s.db', (name) => {
  const file = () => join(stateDir, `${name}.db`);

  it('that is damaged is an error, with the line that moves it away', async () => {
    mkdirSync(stateDir);
    writeFileSync(file(), 'The quarterly numbers, by hand.\n'.repeat(50));
    const [one] = only(await found(), name);
    expect(one).toMatchObject({ status: 'error', mend: expect.stringContaining(`mv ${file()} ${file()}.damaged`) });
  });

  it('whose pages are torn is an error', async () => {
    await inState((state) => state.change(Array.from({ length: 300 }, (_, index) => ({ kind: 'run', key: `${index}`, value: running() }))));
    await inOutbox((outbox) => outbox.append('local', Array(300).fill(entry), () => level));
    const size = 8192;
    const bytes = Buffer.alloc(size, 0x5a);
    const { openSync, writeSync, closeSync } = await import('node:fs');
    const open = openSync(file(), 'r+');
    writeSync(open, bytes, 0, size, size * 3);
    closeSync(open);
    expect(only(await found(), name)).toMatchObject([{ status: 'error', message: expect.stringContaining('damaged') }]);
  });

  it('of a newer kpi, or of another program, is an error', async () => {
    mkdirSync(stateDir);
    const db = new DatabaseSync(file());
    db.exec('create table other (a)');
    expect(only(await found(), name)).toMatchObject([{ status: 'error', message: expect.stringContaining('did not make') }]);
    db.exec('pragma user_version = 99');
    expect(only(await found(), name)).toMatchObject([{ status: 'error', message: expect.stringContaining('newer kpi (format 99') }]);
    db.close();
  });
});

function running(own: Partial<RunRecord> = {}): RunRecord {
  const at = '2026-11-21T16:00:00.000Z';
  return {
    id: 'a',
    at,
    startedAt: at,
    endsBy: at,
    host: 'test-host',
    pid: process.pid,
    processStart: processStart(process.pid),
    status: 'running',
    points: 0,
    problems: 0,
    ...own,
  };
}

describe('runs and leases', () => {
  const dead = { pid: 2 ** 22 - 3, processStart: undefined };

  it('that never ended are told, until a run has told of them', async () => {
    await inState((state) =>
      state.change([
        { kind: 'run', key: 'a', value: running(dead) },
        { kind: 'run', key: 'b', value: running({ id: 'b', ...dead, status: 'unfinished' }) },
        { kind: 'run', key: 'c', value: running({ id: 'c' }) },
        { kind: 'run', key: 'd', value: running({ id: 'd', status: 'partial', exitCode: 3, finishedAt: '2026-11-21T17:00:00.000Z' }) },
      ]),
    );
    expect(only(await found(), 'runs')).toEqual([
      { check: 'runs', status: 'warning', message: 'run a did not finish', mend: 'kpi collect --at 2026-11-21T16:00:00.000Z' },
      { check: 'runs', status: 'ok', message: 'the last ended 2026-11-21T17:00:00.000Z: partial, exit code 3' },
    ]);
  });

  it('tells who holds a lease', async () => {
    const renewedAt = clock.now().toISOString();
    const old = new Date(clock.now().getTime() - 300_000).toISOString();
    const mine = { runId: 'r1', host: 'test-host', pid: process.pid, processStart: processStart(process.pid) };
    await inState((state) =>
      state.change([
        { kind: 'lease', key: 'instance/a', value: { ...mine, renewedAt } },
        { kind: 'lease', key: 'instance/b', value: { ...mine, renewedAt: old } },
        { kind: 'lease', key: 'instance/c', value: { ...mine, ...dead, renewedAt } },
        { kind: 'lease', key: 'instance/d', value: { ...mine, host: 'elsewhere', renewedAt } },
        { kind: 'lease', key: 'instance/e', value: { ...mine, host: 'elsewhere', renewedAt: old } },
      ]),
    );
    expect(only(await found(), 'lease')).toEqual([
      { check: 'lease', status: 'ok', message: 'instance/a: held by run r1, which is at work on test-host' },
      {
        check: 'lease',
        status: 'warning',
        message: `instance/b: run r1 has not renewed it since ${old}, and its process ${process.pid} still lives`,
        mend: `see whether it hangs, and end it: kill ${process.pid}`,
      },
      { check: 'lease', status: 'ok', message: 'instance/c: left by run r1, whose process has ended; the next run takes it over' },
      { check: 'lease', status: 'ok', message: 'instance/d: held by run r1, which is at work on elsewhere' },
      { check: 'lease', status: 'ok', message: 'instance/e: left by run r1 on elsewhere; the next run takes it over' },
    ]);
  });

  it('are not looked for here where the store has them', async () => {
    expect(only(await found({ state: 'store' }), 'state')).toMatchObject([
      { status: 'skipped', message: expect.stringContaining('local') },
    ]);
  });
});

describe('the outbox', () => {
  it('has what waits for each sink, also for those that are gone', async () => {
    await inOutbox(async (outbox) => {
      await outbox.append('local', [entry, entry], () => level);
      await outbox.append('off', [entry], () => level);
      await outbox.append('gone', [entry], () => level);
      await outbox.rejectNew('local', [{ entry, reason: 'no' }], () => level);
    });
    expect(only(await found(), 'backlog').map(({ status, message, mend }) => [status, message, mend])).toEqual([
      [
        'warning',
        '1 point for gone since 2026-11-21T20:00:00Z, which is not in the config any more',
        'put "gone" back, or give them up: kpi outbox drop --sink gone',
      ],
      ['warning', '2 points for local since 2026-11-21T20:00:00Z: undelivered', 'kpi outbox send --sink local'],
      [
        'warning',
        '1 point refused by local',
        'kpi outbox list --sink local says why; then kpi outbox send or drop --rejected --sink local',
      ],
      [
        'warning',
        '1 point for off since 2026-11-21T20:00:00Z, which is disabled',
        'put "off" back, or give them up: kpi outbox drop --sink off',
      ],
    ]);
  });

  it('that is nearly full is told', async () => {
    await inOutbox((outbox) => outbox.append('local', [entry], () => level));
    expect(only(await found({}, 60), 'backlog').at(-1)).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('what does not fit is lost'),
    });
  });

  it('that is empty is well', async () => {
    await inOutbox(async () => {});
    expect(only(await found(), 'backlog')).toMatchObject([{ status: 'ok' }]);
  });
});
