import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { transportFault } from '../../src/testing/fault.ts';
import { manyNames, startGithub } from '../../src/testing/stand-ins/github/index.ts';
import { type InfluxStandIn, startInflux } from '../../src/testing/stand-ins/influxdb/index.ts';
import { startNuget } from '../../src/testing/stand-ins/nuget/index.ts';
import { gate } from '../e2e/upstreams.ts';
import { root } from './place.ts';

/** One scheduled run, and what befalls it. */
export interface Chapter {
  readonly name: string;
  /** Hours ago: what the run stands for. */
  readonly hoursAgo: number;
  readonly killed?: boolean;
  readonly sinkDead?: boolean;
}

/** Where runs take place: a folder for each or one for all, with what outlives them. */
export interface Machine {
  /** Starts `kpi collect` for this time; `started` is given the process, or one above it, and the folder as soon as they are there. */
  run(at: string, env: Readonly<Record<string, string>>, started: (child: ChildProcess, folder: string) => void): Promise<number>;
}

export const secrets = { GITHUB_TOKEN: 'a-token-for-github', INFLUX_TOKEN: 'a-token-for-influx' };

export const config = {
  providers: {
    // Several runs in one period: the later overwrites. One of 11 hours ago is in a period that began 23 hours ago at most: not too old.
    github: { token: '${GITHUB_TOKEN}', orgs: [{ name: 'acme' }], baseUrl: '${GITHUB_URL}', every: '12h' },
    nuget: { owners: ['acme'], serviceIndex: '${NUGET_INDEX}' },
  },
  sinks: {
    local: { type: 'sqlite', path: 'kpi.db' },
    influxdb: { url: '${INFLUX_URL}', org: 'acme', bucket: 'kpi', token: '${INFLUX_TOKEN}' },
  },
};

/** Lives the chapters on one machine, with a store of its own; the upstreams' numbers grow from one to the next. */
export async function live(chapters: readonly Chapter[], now: Date, machine: Machine): Promise<{ codes: number[]; influx: InfluxStandIn }> {
  const influx = await startInflux({ server: 'influxdb2', token: secrets.INFLUX_TOKEN, org: 'acme', bucket: 'kpi' });
  const codes: number[] = [];
  for (const [number, { hoursAgo, killed, sinkDead }] of chapters.entries()) {
    const at = new Date(now.getTime() - hoursAgo * 3_600_000).toISOString();
    const repositories = manyNames('acme', 5).map((name, index) => ({ name, id: index + 1, stars: 10 * number + index }));
    const versions = [{ version: '1.0.0', downloads: 100 * number }];
    const packages = ['Acme.Core', 'Acme.Web'].map((id) => ({ id, owners: 'acme', versions }));
    const [github, nuget] = await Promise.all([startGithub({ repositories, token: secrets.GITHUB_TOKEN }), startNuget({ packages })]);
    influx.misbehave(sinkDead ? transportFault('refuse') : undefined);
    if (killed) github.misbehave(gate());
    const env = { GITHUB_URL: github.url, NUGET_INDEX: nuget.serviceIndex, INFLUX_URL: influx.url };
    let end: Promise<void> | undefined;
    const code = await machine.run(at, env, (child, folder) => {
      if (killed) end = killOnceWritten(child, { folder, at, influx, rows: packages.length });
    });
    await end;
    codes.push(code);
    if (sinkDead && influx.bites === 0) throw new Error('the sink was not asked while it was dead');
    await Promise.all([github.close(), nuget.close()]);
  }
  return { codes, influx };
}

interface Written {
  readonly folder: string;
  readonly at: string;
  readonly influx: InfluxStandIn;
  readonly rows: number;
}

/** GitHub does not answer: once NuGet's rows are in both stores, the run is in its middle. */
async function killOnceWritten(child: ChildProcess, { folder, at, influx, rows }: Written): Promise<void> {
  const inInflux = () => influx.rows().filter((row) => row.measurement === 'nuget_package' && row.time.toISOString() === at).length;
  const inSqlite = () => rowsOf(join(folder, 'kpi.db'), 'nuget_package').filter((row) => row.time === at).length;
  while (inInflux() < rows || inSqlite() < rows) {
    if (child.exitCode !== null) throw new Error(`the run ended with ${child.exitCode} before it could be killed`);
    await wait(20);
  }
  process.kill(youngest(child.pid ?? 0), 'SIGKILL');
}

/** The last of a process and its only child, and that one's: bash waits for kpi. */
function youngest(pid: number): number {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ');
  return child ? youngest(Number(child)) : pid;
}

type Row = Readonly<Record<string, unknown>>;

function rowsOf(file: string, table: string): readonly Row[] {
  if (!existsSync(file)) return [];
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    const known = db.prepare("select 1 from sqlite_schema where type = 'table' and name = ?").get(table);
    return known ? db.prepare(`select * from ${table}`).all() : [];
  } finally {
    db.close();
  }
}

/** Every row of a database but kpi's own, without what tells of the run; sorted, by tables. */
export function contentOf(file: string): Readonly<Record<string, readonly string[]>> {
  const tables = rowsOf(file, 'kpi_measurement').map((row) => String(row.name));
  const own = ['kpi_run', 'kpi_provider_run'];
  const listed = ['kpi_measurement', ...tables.filter((table) => !own.includes(table))];
  return Object.fromEntries(listed.sort().map((table) => [table, rowsOf(file, table).map(withoutRun).sort()]));
}

function withoutRun({ run_id: _, collected_at: __, updated_at: ___, ...row }: Row): string {
  return JSON.stringify(row);
}

/** What is undelivered or was rejected, and the leases that somebody holds. */
export function leftOver(folder: string): { readonly entries: number; readonly leases: readonly string[] } {
  const leases = rowsOf(join(folder, '.kpi/state.db'), 'record').filter((row) => row.kind === 'lease');
  return { entries: rowsOf(join(folder, '.kpi/outbox.db'), 'pending').length, leases: leases.map((row) => String(row.key)) };
}

/** The machine that all others are compared with: one folder, which stays. */
export function oneMachine(folder: string): Machine {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'kpi.config.json'), JSON.stringify(config));
  return {
    run(at, env, started) {
      const { PATH = '' } = process.env;
      const child = spawn(process.execPath, [join(root, 'bin/dev.js'), 'collect', `--at=${at}`], {
        cwd: folder,
        env: { PATH, HOME: folder, ...secrets, ...env },
        stdio: 'ignore',
      });
      started(child, folder);
      return new Promise((resolve) => child.on('close', (code, signal) => resolve(signal === 'SIGKILL' ? 137 : (code ?? 1))));
    },
  };
}
