import { link, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError } from '../../sdk/errors.ts';
import { defineSink } from '../../sdk/sink.ts';
import { type Folder, madeUpFolder } from '../../testing/made-up.ts';
import type { LoadOptions, Registry } from './config.ts';
import { loadConfig } from './load.ts';

const heap = defineSink({
  name: 'heap',
  help: 'A file.',
  settings: z.strictObject({ where: z.string().describe('Where.') }),
  example: { where: 'x' },
  autoInit: true,
  accepts: () => ({ timestamps: 'any', rerun: 'appends', kinds: ['gauge'], batch: { entries: 1 } }),
  files: ({ where }) => [{ setting: 'where', path: where, beside: ['.lock'] }],
  open: () => Promise.reject(new Error('it opens nothing')),
});
const sinks: Registry<typeof heap> = { heap: async () => heap };

async function problemsIn(
  folder: Folder,
  entries: object,
  options: Partial<LoadOptions> & { run?: object } = {},
): Promise<readonly string[]> {
  const { run, ...more } = options;
  await folder.write({ 'kpi.config.json': { providers: { sky: {} }, sinks: entries, ...(run && { run }) } });
  try {
    await loadConfig(folder.options({ sinks, ...more }));
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path} ${message}`);
  }
}

const two = (a: string, b: string) => ({ a: { type: 'heap', where: a }, b: { type: 'heap', where: b } });

it('lets each sink have files of its own, and two of them a device', async () => {
  await using folder = await madeUpFolder();
  expect(await problemsIn(folder, two('out', 'out2'))).toEqual([]);
  expect(await problemsIn(folder, two('/dev/null', '/dev/null'))).toEqual([]);
  expect(await problemsIn(folder, two('.kpi/kpi.db', '.kpi/state.db.csv'))).toEqual([]);
});

it('refuses two sinks that write to one file, and names both keys', async () => {
  await using folder = await madeUpFolder();
  const clash = 'sinks.b.where writes to the same file as sinks.a.where: give each a file of its own';
  expect(await problemsIn(folder, two('out', 'out'))).toEqual([clash]);
  expect(await problemsIn(folder, two('out', './x/../out'))).toEqual([clash]);
  expect(await problemsIn(folder, two('out', join(folder.dir, 'out')))).toEqual([clash]);
});

it('sees through links to what is there, and to what is not there yet', async () => {
  await using folder = await madeUpFolder({ out: 'x' });
  await mkdir(join(folder.dir, 'data'));
  await symlink('data', join(folder.dir, 'linked'));
  await symlink('later', join(folder.dir, 'dangling'));
  await symlink('loop', join(folder.dir, 'loop'));
  await link(join(folder.dir, 'out'), join(folder.dir, 'hard'));
  expect(await problemsIn(folder, two('data/out', 'linked/out'))).toHaveLength(1);
  expect(await problemsIn(folder, two('none/data/../out', 'none/out'))).toHaveLength(1);
  expect(await problemsIn(folder, two('later', 'dangling'))).toHaveLength(1);
  expect(await problemsIn(folder, two('out', 'hard'))).toHaveLength(1);
  expect(await problemsIn(folder, two('loop', 'a\u0000b'))).toEqual([]);
});

it('refuses a file that another sink keeps beside its own', async () => {
  await using folder = await madeUpFolder();
  const clash = 'sinks.b.where writes to the same file as sinks.a.where: give each a file of its own';
  expect(await problemsIn(folder, two('out', 'out.lock'))).toEqual([clash]);
  expect(await problemsIn(folder, two('out.lock', 'out'))).toEqual([clash]);
});

it('refuses the config', async () => {
  await using folder = await madeUpFolder();
  expect(await problemsIn(folder, { heap: { where: 'kpi.config.json' } })).toEqual([
    'sinks.heap.where is the config itself: name another file',
  ]);
});

it.each(['state.db', 'state.db-wal', 'outbox.db', 'runs', 'runs/x.ndjson'])("refuses kpi's own memory: %s", async (name) => {
  await using folder = await madeUpFolder();
  const shown = name.replace('-wal', '').replace(/\/.*/, '');
  const clash = `sinks.heap.where is ${shown} in run.stateDir, kpi's own memory: name another file`;
  expect(await problemsIn(folder, { heap: { where: `.kpi/${name}` } })).toEqual([clash]);
  expect(await problemsIn(folder, { heap: { where: `m/${name}` } }, { run: { stateDir: 'm' } })).toEqual([clash]);
  expect(await problemsIn(folder, { heap: { where: `.kpi/${name}` } }, { run: { stateDir: 'm' } })).toEqual([]);
  expect(await problemsIn(folder, { heap: { where: `e/${name}` } }, { env: { KPI_STATE_DIR: 'e' } })).toEqual([clash]);
});

it('asks nothing of a sink that is disabled, and all of one that is not selected', async () => {
  await using folder = await madeUpFolder();
  const { a, b } = two('out', 'out');
  expect(await problemsIn(folder, { a, b: { ...b, enabled: false } })).toEqual([]);
  expect(await problemsIn(folder, { a, b }, { select: { sinks: ['a'] } })).toHaveLength(1);
});
