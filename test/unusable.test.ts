import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stateMigrations } from '../src/engine/state.ts';
import type { RunReport, SinkReport } from '../src/sdk/report.ts';
import { manyRepositories } from '../src/testing/stand-ins/github/index.ts';
import { flat, newPlace, type Place, program } from './e2e/place.ts';
import { startUpstreams, toGithub, token, toNuget, type Upstreams } from './e2e/upstreams.ts';

const repositories = 400;
/** Of GitHub, its rate limit included; the run tells of itself with two more. */
const offered = repositories + 1;
const own = 2;
const github = { ...toGithub, orgs: [{ name: 'acme' }] };

let upstreams: Upstreams;

beforeAll(async () => {
  upstreams = await startUpstreams({ repositories: manyRepositories('acme', repositories) });
});
afterAll(() => upstreams.close());

function database(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

function reportOf({ stdout }: { readonly stdout: string }): RunReport {
  return JSON.parse(stdout) as RunReport;
}

describe.concurrent('a store that cannot be used: its points wait, and the others have theirs', () => {
  interface Unusable {
    readonly sink: object;
    spoil(dir: string): void;
    mend(dir: string): void;
    readonly says: string;
  }
  const toSqlite = { type: 'sqlite', path: 'bad.db' };
  const toFile = { type: 'file', path: 'bad.ndjson' };
  const cases: Readonly<Record<string, Unusable>> = {
    'a folder in place of the database': {
      sink: toSqlite,
      spoil: (dir) => mkdirSync(join(dir, 'bad.db')),
      mend: (dir) => rmSync(join(dir, 'bad.db'), { recursive: true }),
      says: 'bad.db cannot be written (unable to open database file): check the permissions of the file and its directory',
    },
    'a database in a folder that is not there': {
      sink: { type: 'sqlite', path: 'no/bad.db' },
      spoil: () => undefined,
      mend: (dir) => mkdirSync(join(dir, 'no')),
      says: 'there is no directory for no/bad.db: make it, or set `path` to another file',
    },
    'a database that is none': {
      sink: toSqlite,
      spoil: (dir) => writeFileSync(join(dir, 'bad.db'), 'The quarterly numbers, by hand.\n'.repeat(50)),
      mend: (dir) => rmSync(join(dir, 'bad.db')),
      says: 'bad.db is not a SQLite database: move it away, or set `path` to another file',
    },
    'a database that must be made by hand, and is not': {
      sink: { ...toSqlite, autoInit: false },
      spoil: () => undefined,
      // The file alone would do; what is in it comes from `kpi db init`.
      mend: (dir) =>
        void spawnSync(process.execPath, [program, 'db', 'init', '--sinks', 'bad'], {
          cwd: dir,
          env: { ...process.env, ...upstreams.env },
        }),
      says: 'bad.db is missing: run `kpi db init`',
    },
    'a folder in place of the file': {
      sink: toFile,
      spoil: (dir) => mkdirSync(join(dir, 'bad.ndjson')),
      mend: (dir) => rmSync(join(dir, 'bad.ndjson'), { recursive: true }),
      says: 'bad.ndjson is a folder: set `path` to a file, or `format` to csv',
    },
    'a file in a folder that is not there': {
      sink: { type: 'file', path: 'no/bad.ndjson' },
      spoil: () => undefined,
      mend: (dir) => mkdirSync(join(dir, 'no')),
      says: 'there is no directory for no/bad.ndjson: make it, or set `path` to another file',
    },
  };

  it.each(Object.entries(cases))('%s', async (_, { sink, spoil, mend, says }) => {
    const sinks = { good: { type: 'sqlite', path: 'kpi.db' }, bad: sink };
    await using place = newPlace({ 'kpi.config.json': { providers: { github }, sinks } }, upstreams.env);
    spoil(place.dir);
    const run = await place.kpi(['collect', '--json']);
    expect(run).toMatchObject({ code: 75, stderr: '' });
    const [good, bad] = reportOf(run).sinks;
    expect(good).toMatchObject({ status: 'ok', offered, accepted: offered, backlog: 0 });
    expect(bad).toMatchObject({ status: 'pending', offered, accepted: 0, rejected: 0, pending: offered, lost: 0, backlog: offered + own });
    expect(bad?.problems).toEqual([{ severity: 'error', kind: 'unavailable', message: says }]);

    mend(place.dir);
    const next = await place.kpi(['collect', '--json']);
    expect(next.code).toBe(0);
    expect(reportOf(next).sinks[1]).toMatchObject({ status: 'ok', accepted: offered, replayed: offered + own, backlog: 0 });
  });

  it('a table of its name that kpi did not make: its points are rejected, and kept', async () => {
    await using place = newPlace({ 'kpi.config.json': { providers: { github } } }, upstreams.env);
    database(join(place.dir, 'kpi.db'), `create table github_rate_limit (mine text); insert into github_rate_limit values ('kept')`);
    const run = await place.kpi(['collect', '--json']);
    expect(run.code).toBe(3);
    const [sink] = reportOf(run).sinks;
    expect(sink).toMatchObject({ status: 'partial', accepted: repositories, rejected: 1, pending: 0, lost: 0 });
    expect(sink?.problems).toEqual([
      {
        severity: 'error',
        kind: 'rejected',
        item: 'github_rate_limit github',
        message: 'there is a table github_rate_limit that kpi did not make: rename it',
      },
    ]);
    expect(place.rows('select mine from github_rate_limit')).toEqual([{ mine: 'kept' }]);
    database(join(place.dir, 'kpi.db'), 'alter table github_rate_limit rename to mine');
    expect((await place.kpi(['outbox', 'send', '--rejected'])).code).toBe(0);
    expect(place.rows('select provider from github_rate_limit')).toEqual([{ provider: 'github' }]);
  });
});

describe.concurrent("kpi's own folder that cannot be used: nothing is started", () => {
  const cases: Readonly<
    Record<string, { spoil(dir: string): void; readonly run?: object; readonly says: string; readonly left: readonly string[] }>
  > = {
    'a file in its place': {
      spoil: (dir) => writeFileSync(join(dir, '.kpi'), ''),
      says: "FOLDER/.kpi/state.db cannot be written (EEXIST: file already exists, mkdir 'FOLDER/.kpi'): check its permissions and its disk, or set run.stateDir to a folder that can be written",
      left: ['.kpi', 'kpi.config.json'],
    },
    'a place where no folder can be made': {
      spoil: () => undefined,
      run: { stateDir: '/dev/null/kpi' },
      says: "/dev/null/kpi/state.db cannot be written (EEXIST: file already exists, mkdir '/dev/null'): check its permissions and its disk, or set run.stateDir to a folder that can be written",
      left: ['kpi.config.json'],
    },
    'a state of a newer kpi': {
      spoil: (dir) => {
        mkdirSync(join(dir, '.kpi'));
        database(join(dir, '.kpi/state.db'), 'pragma user_version = 99');
      },
      says: 'FOLDER/.kpi/state.db was written by a newer kpi (format 99, this one knows 1): use that kpi, or another run.stateDir',
      left: ['.kpi', 'kpi.config.json'],
    },
    'an outbox of a newer kpi': {
      spoil: (dir) => {
        mkdirSync(join(dir, '.kpi'));
        database(join(dir, '.kpi/outbox.db'), 'pragma user_version = 99');
      },
      says: 'FOLDER/.kpi/outbox.db was written by a newer kpi (format 99, this one knows 1): use that kpi, or another run.stateDir',
      left: ['.kpi', 'kpi.config.json'],
    },
    'a database of somebody else': {
      spoil: (dir) => {
        mkdirSync(join(dir, '.kpi'));
        database(join(dir, '.kpi/state.db'), 'create table theirs (a)');
      },
      says: 'FOLDER/.kpi/state.db is a database that kpi did not make: move it away, or set run.stateDir to another folder',
      left: ['.kpi', 'kpi.config.json'],
    },
    'a record that is not what kpi wrote': {
      spoil: (dir) => {
        mkdirSync(join(dir, '.kpi'));
        const [sql = ''] = stateMigrations;
        const junk = "insert into record values ('run', 'x', 1, 'not JSON')";
        database(join(dir, '.kpi/state.db'), `${sql}; ${junk}; pragma user_version = 1`);
      },
      says: 'FOLDER/.kpi/state.db is damaged (its record run x is no JSON): move it away and run again, or restore it from a backup',
      left: ['.kpi', 'kpi.config.json'],
    },
    'a file that is no database': {
      spoil: (dir) => {
        mkdirSync(join(dir, '.kpi'));
        writeFileSync(join(dir, '.kpi/outbox.db'), 'not at all a database\n'.repeat(50));
      },
      says: 'FOLDER/.kpi/outbox.db is damaged (file is not a database): move it away and run again, or restore it from a backup',
      left: ['.kpi', 'kpi.config.json'],
    },
  };

  it.each(Object.entries(cases))('%s', async (_, { spoil, run = {}, says, left }) => {
    await using place = newPlace({ 'kpi.config.json': { run, providers: { github } } }, upstreams.env);
    spoil(place.dir);
    const { code, stdout, stderr } = await place.kpi(['collect', '--json']);
    expect(code).toBe(78);
    expect(stderr.replaceAll(place.dir, 'FOLDER')).toBe(`kpi: ${says}\n`);
    expect(JSON.parse(stdout.replaceAll(place.dir, 'FOLDER'))).toMatchObject({ exitCode: 78, error: { kind: 'config', message: says } });
    expect(place.files()).toEqual(left);
  });
});

// A small disk in a mount of the process's own. Where that is not allowed, these are not run; limits of the size of a file always are.
const hasMounts = spawnSync('unshare', ['--mount', '--map-root-user', 'mount', '-t', 'tmpfs', 'none', '/tmp']).status === 0;

/** Runs a script in which `small` is a disk with so many KiB left; `room` frees 4 MiB more. */
function onSmallDisk(place: Place, leftKib: number, script: string) {
  const mount = `mkdir -p small && mount -t tmpfs -o size=${4096 + leftKib}k none small && head -c 4194304 /dev/zero > small/filler`;
  const inside = `${mount}; room() { rm small/filler; }; ${script}`;
  return place.shell('exec unshare --mount --map-root-user sh -c "$SCRIPT"', { env: { SCRIPT: inside } });
}

describe.runIf(hasMounts).concurrent('a full disk (by unshare and mount of util-linux)', () => {
  it.each([
    ['the database', { type: 'sqlite', path: 'small/bad.db' }, 'small/bad.db'],
    ['the file', { type: 'file', path: 'small/bad.ndjson' }, 'small/bad.ndjson'],
  ])('under %s: its points wait until there is room', async (_, sink, name) => {
    const sinks = { good: { type: 'sqlite', path: 'kpi.db' }, bad: sink };
    await using place = newPlace({ 'kpi.config.json': { providers: { github }, sinks } }, upstreams.env);
    const run = await onSmallDisk(place, 48, '$KPI collect --json > first.json; echo $?; room; $KPI outbox send; echo $?; cp small/* .');
    expect(run.stdout).toMatch(/^75\nSINK +STATUS +DELIVERED +REJECTED +BACKLOG\ngood +ok +0 +0 +0\nbad +ok +403 +0 +0\n0\n$/);
    const [good, bad] = (JSON.parse(place.read('first.json')) as RunReport).sinks as [SinkReport, SinkReport];
    expect(good).toMatchObject({ status: 'ok', accepted: offered });
    expect(bad).toMatchObject({ status: 'pending', offered, rejected: 0, lost: 0 });
    expect(bad.accepted + bad.pending).toBe(offered);
    expect(bad.problems).toEqual([
      { severity: 'error', kind: 'unavailable', message: `${name} cannot grow, the disk is full: make room and run again` },
    ]);
    if (sink.type === 'sqlite') expect(place.rows('select repo from github_repository', 'bad.db')).toHaveLength(repositories);
    else
      expect(
        place
          .read('bad.ndjson')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).toHaveLength(offered + own);
  });

  it("under kpi's own folder from the start: nothing is started", async () => {
    await using place = newPlace({ 'kpi.config.json': { run: { stateDir: 'small' }, providers: { github } } }, upstreams.env);
    const run = await onSmallDisk(place, 4, '$KPI collect; echo $?; room; $KPI collect --quiet; echo $?');
    expect(run.stderr.replaceAll(place.dir, 'FOLDER')).toBe(
      'kpi: FOLDER/small/state.db cannot grow (database or disk is full): free space on its disk, or set run.stateDir to a folder on another one\n',
    );
    expect(run.stdout).toBe('78\n0\n');
    expect(place.rows('select repo from github_repository')).toHaveLength(repositories);
  });

  it("under kpi's own folder in the middle, beside a sink that fails: what nobody takes is lost, and it is said", async () => {
    const sinks = { good: { type: 'sqlite', path: 'kpi.db' }, bad: { type: 'file', path: 'no/bad.ndjson' } };
    await using place = newPlace({ 'kpi.config.json': { run: { stateDir: 'small' }, providers: { github }, sinks } }, upstreams.env);
    const run = await onSmallDisk(place, 256, '$KPI collect --json; echo $? >&2');
    expect(run.stderr.split('\n')[0]).toBe('1');
    const report = reportOf(run);
    expect(report).toMatchObject({ status: 'failed', exitCode: 1 });
    const [good, bad] = report.sinks as [SinkReport, SinkReport];
    expect(good).toMatchObject({ status: 'ok', accepted: offered });
    expect(bad).toMatchObject({ status: 'failed', offered, accepted: 0, rejected: 0 });
    expect(bad.lost).toBeGreaterThan(0);
    expect(bad.pending + bad.lost).toBe(offered);
    expect(bad.problems.map(({ message }) => message).join('\n')).toMatch(/outbox\.db cannot grow \(.*\): free space on its disk/);
  });
});

describe.concurrent('a file that may not grow (RLIMIT_FSIZE)', () => {
  // `ulimit -f` counts blocks of 512 bytes.
  it('the file sink says so, and its points wait', async () => {
    const sinks = { bad: { type: 'file', path: 'bad.ndjson' } };
    await using place = newPlace({ 'kpi.config.json': { providers: { github }, sinks } }, upstreams.env);
    place.write('bad.ndjson', `${'{"of":"before"}\n'.repeat(65_536)}`);
    const run = await place.shell('ulimit -f 2050; $KPI collect --json; echo $? >&2');
    expect(run.stderr.split('\n')[0]).toBe('75');
    const [bad] = reportOf(run).sinks;
    expect(bad).toMatchObject({ status: 'pending', offered, accepted: 0, pending: offered, lost: 0 });
    expect(bad?.problems).toEqual([
      {
        severity: 'error',
        kind: 'unavailable',
        message: 'bad.ndjson cannot grow, it is as large as a file may be here: move it away and run again',
      },
    ]);
    // Nothing of what did not fit is left in it.
    expect(place.read('bad.ndjson').length).toBe(65_536 * 16);
    expect((await place.kpi(['outbox', 'send'])).code).toBe(0);
    expect(place.read('bad.ndjson').trimEnd().split('\n')).toHaveLength(65_536 + offered + own);
  });
});

describe('a token that expires half-way', () => {
  it('ends what it was for; what it has brought is kept, and the rest goes on', async () => {
    const expiring = await startUpstreams({ repositories: manyRepositories('acme', repositories), expiresAfter: 2 });
    const config = {
      providers: { github: { ...github, repos: ['acme/repository-00001'] }, nuget: { ...toNuget, owners: ['petabridge'] } },
    };
    await using place = newPlace({ 'kpi.config.json': config }, expiring.env);
    const run = await place.kpi(['collect']);
    await expiring.close();
    expect(run.code).toBe(3);
    expect(flat(run.stdout)).toContain(
      '✖ acme: GitHub does not accept the token: it is wrong, expired or revoked; make a new one and set it as "token" (unauthorized)',
    );
    expect(run.stdout + run.stderr).not.toContain(token);
    expect(place.rows('select count(*) as n from github_repository')).toEqual([{ n: 200 }]);
    expect(place.rows('select count(*) as n from nuget_package')).toEqual([{ n: 2 }]);
    expect(place.rows('select status from kpi_provider_run order by provider')).toEqual([{ status: 'partial' }, { status: 'ok' }]);
  });
});

describe('a Node that is too old', () => {
  const sentence =
    /^kpi: Node\.js 24 or newer is needed, and this is v\d+\.\d+\.\d+; install it, or in a checkout start kpi with "npx kpi"\n$/;

  it('is told so in one line', async () => {
    await using place = newPlace({
      'old.cjs': `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });`,
    });
    const run = await place.shell(`'${process.execPath}' --require ./old.cjs '${program}' collect`);
    expect(run).toMatchObject({ code: 78, stdout: '' });
    expect(run.stderr).toMatch(sentence);
  });

  // Whatever stands first on a machine's path may be one.
  const old = (spawnSync('which', ['-a', 'node'], { encoding: 'utf8' }).stdout ?? '')
    .split('\n')
    .filter((node) => node !== '')
    .find((node) => Number(/^v(\d+)/.exec(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout)?.[1]) < 24);
  it.runIf(old !== undefined)(`is told so by a real one (${old ?? 'there is none here'})`, async () => {
    await using place = newPlace({});
    const run = await place.shell(`'${old}' '${program}' collect --json`);
    expect(run).toMatchObject({ code: 78, stdout: '' });
    expect(run.stderr).toMatch(sentence);
  });
});
