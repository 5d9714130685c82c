import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { transportFault } from '../../src/testing/fault.ts';
import { manyNames, startGithub } from '../../src/testing/stand-ins/github/index.ts';
import { type InfluxStandIn, startInflux } from '../../src/testing/stand-ins/influxdb/index.ts';
import { startMailchimp } from '../../src/testing/stand-ins/mailchimp/index.ts';
import { startNuget } from '../../src/testing/stand-ins/nuget/index.ts';
import { startStackoverflow } from '../../src/testing/stand-ins/stackoverflow/index.ts';
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

export const secrets = {
  GITHUB_TOKEN: 'a-token-for-github',
  INFLUX_TOKEN: 'a-token-for-influx',
  MAILCHIMP_API_KEY: '0123456789abcdef0123456789abcdef-us1',
};

export const config = {
  providers: {
    // Several runs in one period: the later overwrites. One of 11 hours ago is in a period that began 23 hours ago at most: not too old.
    github: { token: '${GITHUB_TOKEN}', orgs: [{ name: 'acme' }], baseUrl: '${GITHUB_URL}', every: '12h' },
    nuget: { owners: ['acme'], serviceIndex: '${NUGET_INDEX}' },
    // Days and months: what a run asks for again follows from what the runs before it have finished.
    mailchimp: { apiKey: '${MAILCHIMP_API_KEY}', baseUrl: '${MAILCHIMP_URL}', only: ['mailchimp_list', 'mailchimp_list_*'] },
    stackoverflow: { tagged: ['acme'], baseUrl: '${STACK_URL}' },
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
    const byDay = Object.fromEntries(daysBefore(at, 9).map((day, index) => [day, index + number]));
    const list = { id: 'a1b2c3d4e5', members: 100 + number, days: daysBefore(at, 40), months: monthsBefore(at, 5) };
    const [github, nuget, stack, mailchimp] = await Promise.all([
      startGithub({ repositories, token: secrets.GITHUB_TOKEN }),
      startNuget({ packages }),
      startStackoverflow({ tags: [{ name: 'acme', byDay }] }),
      startMailchimp({ key: secrets.MAILCHIMP_API_KEY, lists: [list] }),
    ]);
    influx.misbehave(sinkDead ? transportFault('refuse') : undefined);
    if (killed) github.misbehave(gate());
    const env = {
      GITHUB_URL: github.url,
      NUGET_INDEX: nuget.serviceIndex,
      INFLUX_URL: influx.url,
      STACK_URL: stack.baseUrl,
      MAILCHIMP_URL: mailchimp.url,
    };
    let end: Promise<void> | undefined;
    const code = await machine.run(at, env, (child, folder) => {
      if (killed) end = killOnceWritten(child, { folder, at, influx });
    });
    await end;
    codes.push(code);
    if (sinkDead && influx.bites === 0) throw new Error('the sink was not asked while it was dead');
    await Promise.all([github, nuget, stack, mailchimp].map((upstream) => upstream.close()));
  }
  return { codes, influx };
}

interface Written {
  readonly folder: string;
  readonly at: string;
  readonly influx: InfluxStandIn;
}

/** The snapshots of a run, but for GitHub's. */
const snapshots = { nuget_package: 2, stackoverflow_tag: 1, mailchimp_list: 1 };

/** GitHub does not answer: once the snapshots of all others are in both stores, the run is in its middle. */
async function killOnceWritten(child: ChildProcess, { folder, at, influx }: Written): Promise<void> {
  const inInflux = (name: string) => influx.rows().filter((row) => row.measurement === name && row.time.toISOString() === at).length;
  const inSqlite = (name: string) => rowsOf(join(folder, 'kpi.db'), name).filter((row) => row.time === at).length;
  while (Object.entries(snapshots).some(([name, rows]) => inInflux(name) < rows || inSqlite(name) < rows)) {
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

/** The calendar dates up to that of a time, in UTC, the last first. */
function daysBefore(time: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => new Date(Date.parse(time) - index * 86_400_000).toISOString().slice(0, 10));
}

/** `2026-11`: the months up to that of a time, in UTC, the last first. */
function monthsBefore(time: string, count: number): readonly string[] {
  const day = new Date(time);
  return Array.from({ length: count }, (_, ago) =>
    new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() - ago)).toISOString().slice(0, 7),
  );
}
