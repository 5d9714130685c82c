import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gauge, type Measurement, measurement } from '../../sdk/index.ts';
import { findingsOf } from '../../testing/contract/check.ts';
import { createSinkContext, entryOf } from '../../testing/contract/sink.ts';
import { file } from './index.ts';

const shop = measurement('shop', { help: 'A shop.', time: 'snapshot', tags: { place: 'where' }, fields: { sold: gauge() } });

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-doctor-'));
});
afterEach(() => {
  chmodSync(dir, 0o700);
  rmSync(dir, { recursive: true });
});

function contextOf(measurements: readonly Measurement[] = [shop]) {
  return createSinkContext({ measurements, dir, made: [join(dir, '.kpi')] });
}

async function checked(path: string, own: object = {}) {
  const settings = file.settings.parse({ path, ...own });
  return await findingsOf(file.check?.(settings, contextOf()));
}

/** What a run would be told that writes a point. */
async function failureOfRun(path: string, own: object): Promise<Error | undefined> {
  const time = new Date('2026-11-21T20:00:00.000Z');
  try {
    const open = await file.open(file.settings.parse({ path, ...own }), contextOf());
    try {
      await open.write([entryOf({ measurement: 'shop', tags: { place: 'Riga' }, fields: { sold: 1 }, time, collectedAt: time })]);
    } finally {
      await open.close();
    }
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** Names, kinds and contents of all that is there. */
function everything(): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const stats = lstatSync(join(dir, name));
      return `${name} ${stats.mode} ${stats.mtimeMs} ${stats.isFile() && stats.size > 0 ? readFileSync(join(dir, name), 'latin1') : ''}`;
    });
}

it('changes nothing', async () => {
  writeFileSync(join(dir, 'points.ndjson'), 'a line\n');
  const torn = '{"measurement":"shop","time":"2026-';
  writeFileSync(join(dir, 'torn.ndjson'), torn);
  mkdirSync(join(dir, 'folder'));
  writeFileSync(join(dir, 'folder', 'shop.csv'), 'time,place,sold,run_id,coll');
  const before = everything();
  const well = (message: string) => ({ findings: [{ check: 'access', status: 'ok', message }], error: undefined });
  expect(await checked('points.ndjson')).toEqual(well('points.ndjson may be written to'));
  expect(await checked('torn.ndjson')).toEqual(well('torn.ndjson may be written to'));
  expect(await checked('folder', { format: 'csv' })).toEqual(well('folder may be written to'));
  expect(await checked('new.ndjson')).toEqual(well('new.ndjson is made by the first run'));
  expect(await checked('new', { format: 'csv', gzip: true })).toEqual(well('new is made by the first run'));
  expect(everything()).toEqual(before);
});

it('knows standard output and devices', async () => {
  expect((await checked('-')).findings).toEqual([{ check: 'access', status: 'ok', message: 'standard output' }]);
  expect((await checked('/dev/null')).findings).toMatchObject([{ status: 'ok' }]);
});

it('says how to make the directory, for a shell, unless a run makes it', async () => {
  expect((await checked('no/points.ndjson')).findings).toMatchObject([{ status: 'error', mend: `mkdir -p ${join(dir, 'no')}` }]);
  expect((await checked('my dir/points.ndjson')).findings).toMatchObject([{ status: 'error', mend: `mkdir -p '${join(dir, 'my dir')}'` }]);
  expect((await checked('.kpi/points.ndjson')).findings).toEqual([
    { check: 'access', status: 'ok', message: '.kpi/points.ndjson is made by the first run' },
  ]);
  expect(readdirSync(dir)).toEqual([]);
});

it.skipIf(process.platform === 'win32')('opens no pipe, whose reader would be told that it ended, and says so', async () => {
  expect(spawnSync('mkfifo', [join(dir, 'pipe')]).status).toBe(0);
  expect((await checked('pipe')).findings).toMatchObject([{ status: 'warning', mend: 'start what reads it before each run' }]);
});

it('is well where another process holds the lock: a run waits', async () => {
  const { openLock } = await import('./lock.ts');
  writeFileSync(join(dir, 'points.ndjson'), '');
  const other = await openLock('points.ndjson', join(dir, 'points.ndjson.lock'));
  const { findings } = await other.hold(() => checked('points.ndjson'));
  other.close();
  expect(findings).toMatchObject([{ status: 'ok' }]);
});

interface Case {
  readonly path?: string;
  readonly own?: object;
  spoil(): void;
}

const asCsv = { format: 'csv' };
const asGzip = { gzip: true };
const line = '{"measurement":"shop"}\n';
const cases: Readonly<Record<string, Case>> = {
  'a plain file, to be compressed': { own: asGzip, spoil: () => writeFileSync(join(dir, 'bad'), line) },
  'a compressed file, to be plain': { spoil: () => writeFileSync(join(dir, 'bad'), gzipSync(line)) },
  'a folder in place of the file': { spoil: () => mkdirSync(join(dir, 'bad')) },
  'a file in place of the folder': { own: asCsv, spoil: () => writeFileSync(join(dir, 'bad'), '') },
  'a folder in place of the lock': { spoil: () => mkdirSync(join(dir, 'bad.lock')) },
  'a lock that is none': { spoil: () => writeFileSync(join(dir, 'bad.lock'), 'somebody’s notes\n'.repeat(100)) },
  'a lock of a folder that is none': { own: asCsv, spoil: () => mkdirSync(join(dir, 'bad.lock')) },
  'a link into a folder that is not there': { spoil: () => symlinkSync('no/where', join(dir, 'bad')) },
  'a link that leads to itself': { spoil: () => symlinkSync('bad', join(dir, 'bad')) },
  'a link in place of the folder, to nowhere': { own: asCsv, spoil: () => symlinkSync('nowhere', join(dir, 'bad')) },
  'a name that leaves no room for the lock': { path: 'x'.repeat(252), spoil: () => undefined },
  'a name that is too long': { path: 'x'.repeat(300), spoil: () => undefined },
  'a name with a NUL': { path: 'a\0b', spoil: () => undefined },
  'a CSV file that is a folder': { own: asCsv, spoil: () => mkdirSync(join(dir, 'bad', 'shop.csv'), { recursive: true }) },
  'a CSV file that is a link to nowhere': {
    own: asCsv,
    spoil: () => {
      mkdirSync(join(dir, 'bad'));
      symlinkSync('no/where', join(dir, 'bad', 'shop.csv'));
    },
  },
  ...(existsSync('/dev/full') && { 'a device that takes nothing': { path: '/dev/full', spoil: () => undefined } }),
};

/** What the rights of a user decide; root has all. */
const ofRights: Readonly<Record<string, Case>> = {
  'a file that may be read only': { spoil: () => writeFileSync(join(dir, 'bad'), '', { mode: 0o400 }) },
  'a file that may be written only': { spoil: () => writeFileSync(join(dir, 'bad'), '', { mode: 0o200 }) },
  'a directory that may not be written': { spoil: () => chmodSync(dir, 0o500) },
  'a directory that may not be written, for a folder': { own: asCsv, spoil: () => chmodSync(dir, 0o500) },
  'a CSV file that may be read only': {
    own: asCsv,
    spoil: () => {
      mkdirSync(join(dir, 'bad'));
      writeFileSync(join(dir, 'bad', 'shop.csv'), 'time,place,sold,run_id,collected_at,provisional\n', { mode: 0o400 });
    },
  },
  'a folder that may not be written': {
    own: asCsv,
    spoil: () => {
      mkdirSync(join(dir, 'bad'));
      writeFileSync(join(dir, 'bad.lock'), '');
      chmodSync(join(dir, 'bad'), 0o500);
    },
  },
};

async function expectTold({ path = 'bad', own = {}, spoil }: Case): Promise<void> {
  spoil();
  const before = everything();
  const { findings, error } = await checked(path, own);
  expect(everything()).toEqual(before);
  expect(findings).toEqual([]);
  expect(error).toMatchObject({ kind: 'unavailable' });
  const ofRun = await failureOfRun(path, own);
  expect(ofRun).toMatchObject({ kind: 'unavailable' });
}

describe.skipIf(process.platform === 'win32')('finds what a run would fail at, and changes nothing', () => {
  it.each(Object.entries(cases))('%s', async (_, one) => await expectTold(one));
  it.skipIf(process.getuid?.() === 0).each(Object.entries(ofRights))('%s', async (_, one) => await expectTold(one));
});

const fine: Readonly<Record<string, Case>> = {
  'a link to a file that is not there yet': { spoil: () => symlinkSync('real', join(dir, 'bad')) },
  'a file of gzip that another program made': { own: asGzip, spoil: () => writeFileSync(join(dir, 'bad'), gzipSync(line)) },
  'a folder with a file of somebody else': {
    own: asCsv,
    spoil: () => {
      mkdirSync(join(dir, 'bad'));
      writeFileSync(join(dir, 'bad', 'shop.csv'), 'a note\n');
    },
  },
};

describe('is content where a run is', () => {
  it.each(Object.entries(fine))('%s', async (_, { own = {}, spoil }) => {
    spoil();
    expect((await checked('bad', own)).findings).toMatchObject([{ status: 'ok' }]);
    expect(await failureOfRun('bad', own)).toBeUndefined();
  });
});
