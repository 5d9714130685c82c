import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { loadConfig } from '../../src/engine/config/load.ts';
import { openDisk } from '../../src/engine/disk.ts';
import { createDoor } from '../../src/engine/http.ts';
import { createLog } from '../../src/engine/log.ts';
import { ownMeasurements } from '../../src/engine/own-points.ts';
import { createRedactor } from '../../src/engine/redact.ts';
import { newRunId, run } from '../../src/engine/run.ts';
import { providers } from '../../src/providers/index.ts';
import type { ProviderContext } from '../../src/sdk/context.ts';
import type { Measurement } from '../../src/sdk/measurement.ts';
import type { FieldValue } from '../../src/sdk/point.ts';
import type { AnyProvider } from '../../src/sdk/provider.ts';
import type { RunReport } from '../../src/sdk/report.ts';
import { sinks } from '../../src/sinks/index.ts';
import type { TestClock } from '../../src/testing/clock.ts';
import { createTestOutside } from '../../src/testing/outside.ts';
import { kinds, type ProviderName, type Row, type Upstream } from './upstreams.ts';

export interface StoredRow extends Row {
  readonly time: string;
}

/** What one run did, as far as it can be seen from outside. */
export interface Seen {
  readonly report: RunReport;
  readonly stored: readonly StoredRow[];
  /** Seconds that the instance said it waits before another try, in their order. */
  waits(instance: string): readonly number[];
  /** Virtual seconds. */
  readonly seconds: number;
  /** Real milliseconds. */
  readonly ms: number;
  /** All that was written anywhere: by the name of the file or stream. */
  readonly written: ReadonlyMap<string, string>;
  /** The codes with which the process would have been ended before its time. */
  readonly exited: readonly number[];
}

export interface CellRunOptions {
  /** A folder for the run; it is kept. */
  readonly dir: string;
  /** By the instance's name. */
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly clock: TestClock;
  /** What the run stands for; default: now. */
  readonly at?: Date;
  /** Real milliseconds that one try of an instance may take, where not as usual. Asked for each target. */
  timeoutMs?(instance: string): number | undefined;
}

/** Runs the engine, whole, on a config as a user would write it, into SQLite. */
export async function runCell({ dir, upstreams, clock, at = clock.now(), timeoutMs }: CellRunOptions): Promise<Seen> {
  const instances = Object.fromEntries([...upstreams].map(([name, { entry }]) => [name, entry]));
  const env = Object.fromEntries([...upstreams.values()].map(({ secret }) => [secret.name, secret.text ?? secret.value]));
  // So long that every wait of the policy has its place.
  const file = { run: { timeout: '2h' }, providers: instances, sinks: { local: { type: 'sqlite', path: 'kpi.db' } } };
  await writeFile(join(dir, 'kpi.config.json'), JSON.stringify(file));
  const redactor = createRedactor();
  const config = await loadConfig({
    cwd: dir,
    env,
    providers: hurried(timeoutMs),
    sinks,
    own: ownMeasurements,
    select: {},
    onSecret: redactor.add,
  });
  const outside = createTestOutside({ cwd: dir, env, clock });
  const runId = newRunId(clock.now());
  const disk = await openDisk({ config, outside, runId, redactor });
  const door = createDoor({ env: {}, userAgent: 'kpi/test', redactor });
  const write = (line: string) => outside.stderr.write(`${line}\n`);
  const log = createLog({ write, level: 'debug', format: 'json', redactor, clock });
  const events: unknown[] = [];
  const began = performance.now();
  const start = clock.elapsed();
  let report: RunReport;
  try {
    const { timeoutMs: runMs, failOn } = config.run;
    report = await run({
      runId,
      config,
      outside,
      at,
      timeoutMs: runMs,
      failOn,
      disk,
      tellPoints: true,
      redactor,
      log,
      door,
      listen: (event) => events.push(event),
      policy(instance) {
        const ms = timeoutMs?.(instance);
        return ms === undefined ? undefined : { timeoutMs: ms };
      },
    });
  } finally {
    await disk.close();
    await door.close();
  }
  const ms = performance.now() - began;
  // Nothing but the log is written there.
  const lines = outside.written.stderr.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  const written = new Map([
    ['the report', JSON.stringify(report)],
    ['events', JSON.stringify(events)],
    ['stdout', outside.written.stdout],
    ['stderr', outside.written.stderr],
  ]);
  for (const name of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = join(name.parentPath, name.name);
    if (name.isFile()) written.set(path.slice(dir.length + 1), await readFile(path, 'latin1'));
  }
  const declared = config.providers.flatMap((one) => one.provider.measurements(one.settings));
  return {
    report,
    stored: readStored(join(dir, 'kpi.db'), declared),
    waits: (instance) =>
      lines.filter((line) => line.instance === instance && line.message === 'waits before another try').map((line) => line.facts.ms / 1000),
    seconds: (clock.elapsed() - start) / 1000,
    ms,
    written,
    exited: outside.exited,
  };
}

/** The providers; of those whose upstream may take longer than usual for a try, that time is cut as the policy's is. */
function hurried(timeoutMs: CellRunOptions['timeoutMs']): typeof providers {
  return Object.fromEntries(Object.entries(providers).map(([name, load]) => [name, async () => hurry(await load())]));

  function hurry(provider: AnyProvider): AnyProvider {
    if (kinds[provider.name as ProviderName].timeoutMs === undefined) return provider;
    return {
      ...provider,
      async connect(settings, context) {
        const session = await provider.connect(settings, inTime(context));
        return {
          ...session,
          ...(session.expand && { expand: async (target, inner) => await session.expand?.(target, inTime(inner)) }),
          collect: (target, inner) => session.collect(target, inTime(inner)),
        };
      },
    };
  }

  function inTime(context: ProviderContext): ProviderContext {
    const most = timeoutMs?.(context.instance) ?? Number.POSITIVE_INFINITY;
    return {
      ...context,
      attempt: (call, { timeoutMs: asked, ...options } = {}) =>
        context.attempt(call, { ...options, ...(asked !== undefined && { timeoutMs: Math.min(asked, most) }) }),
    };
  }
}

function readStored(file: string, declared: readonly Measurement[]): readonly StoredRow[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = new Set(
    database
      .prepare("select name from sqlite_master where type = 'table'")
      .all()
      .map(({ name }) => name),
  );
  const rows: StoredRow[] = [];
  for (const one of new Map(declared.map((measurement) => [measurement.name, measurement])).values()) {
    if (!tables.has(one.name)) continue;
    for (const row of database.prepare(`select * from "${one.name}"`).all()) {
      const tags = Object.fromEntries(Object.keys(one.tags).map((name) => [name, String(row[name])]));
      const fields: Record<string, FieldValue> = {};
      for (const [name, { kind }] of Object.entries(one.fields)) {
        const value = row[name];
        if (value !== null) fields[name] = kind === 'flag' ? value === 1 : (value as FieldValue);
      }
      rows.push({ measurement: one.name, tags, fields, time: String(row.time) });
    }
  }
  database.close();
  return rows;
}

/** A folder that is gone when the work is done. */
export async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'kpi-faults-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}
