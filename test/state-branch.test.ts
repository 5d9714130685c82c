import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/engine/clock.ts';
import { acquireLease } from '../src/engine/lease.ts';
import { openLocalState } from '../src/engine/state.ts';
import { startStandIn } from '../src/testing/stand-in.ts';
import { type GitServer, gitIn, root, startGitServer } from './runner/place.ts';
import { newRunner, type ScriptRunner, token } from './runner/script.ts';

let server: GitServer;
const servers: GitServer[] = [];
beforeEach(() => {
  server = startGitServer({ 'kpi.config.json': '{}' });
  servers.push(server);
});
afterAll(() => {
  for (const one of servers) one[Symbol.dispose]();
});

/** A runner that has read the branch, and whose run wrote this number. */
async function runnerAfter(level: number): Promise<ScriptRunner> {
  const runner = newRunner(server);
  expect(await runner.restore()).toMatchObject({ code: 0 });
  writeLevel(runner, level);
  return runner;
}

function writeLevel({ workspace }: ScriptRunner, level: number): void {
  const db = new DatabaseSync(join(workspace, 'kpi.db'));
  db.exec('pragma journal_mode = wal; create table if not exists numbers (level integer)');
  db.prepare('insert into numbers values (?)').run(level);
  db.close();
  mkdirSync(join(workspace, '.kpi/runs'), { recursive: true });
  writeFileSync(join(workspace, `.kpi/runs/${level}.ndjson`), `${level}\n`);
}

function levelsIn(folder: string): readonly unknown[] {
  const db = new DatabaseSync(join(folder, 'kpi.db'), { readOnly: true });
  try {
    return db
      .prepare('select level from numbers')
      .all()
      .map((row) => row.level);
  } finally {
    db.close();
  }
}

/** The levels that the next runner finds. */
async function levelsOnBranch(): Promise<readonly unknown[]> {
  const next = newRunner(server);
  expect(await next.restore()).toMatchObject({ code: 0 });
  return levelsIn(next.workspace);
}

const filesOnBranch = () => server.git('ls-tree', '-r', '--name-only', 'kpi-data').trim().split('\n');
const tip = () => server.git('rev-parse', 'refs/heads/kpi-data').trim();

describe('the state branch', () => {
  it('has one commit with the state files and nothing else, and the user’s checkout is as it was', async () => {
    const runner = await runnerAfter(1);
    const index = readFileSync(join(runner.workspace, '.git/index'));
    writeFileSync(join(runner.workspace, 'other.txt'), 'mine');
    expect(await runner.save()).toMatchObject({ code: 0, outputs: {} });
    expect(filesOnBranch()).toEqual(['.kpi/runs/1.ndjson', 'kpi.db']);
    expect(server.git('rev-list', '--count', 'kpi-data').trim()).toBe('1');
    expect(readFileSync(join(runner.workspace, '.git/index'))).toEqual(index);
    expect(gitIn(runner.workspace, ['branch', '--all', '--format=%(refname:short)'], server.dir)).not.toContain('kpi-data');

    await (await runnerAfter(2)).save();
    expect(server.git('rev-list', '--count', 'kpi-data').trim()).toBe('1');
    expect(await levelsOnBranch()).toEqual([1, 2]);
  });

  it('is not pushed to where nothing has changed', async () => {
    await (await runnerAfter(1)).save();
    const before = tip();
    const runner = newRunner(server);
    await runner.restore();
    expect(await runner.save()).toMatchObject({ code: 0, log: expect.stringContaining('Nothing has changed') });
    expect(tip()).toBe(before);
  });

  it('is not made by a run that wrote nothing', async () => {
    const runner = newRunner(server);
    expect((await runner.restore()).log).toContain('begins without a past');
    expect(await runner.save()).toMatchObject({
      code: 0,
      log: '::warning title=kpi::nothing was saved to kpi-data, since no file of state-files is there: kpi.db .kpi\n',
    });
    expect(() => tip()).toThrow();
  });

  it('gets what a killed process had only in its WAL', async () => {
    const runner = newRunner(server);
    await runner.restore();
    const other = join(server.newFolder(), 'kpi.db');
    const open = new DatabaseSync(other);
    open.exec('pragma journal_mode = wal; create table numbers (level integer); insert into numbers values (7)');
    for (const end of ['', '-wal']) copyFileSync(`${other}${end}`, join(runner.workspace, `kpi.db${end}`));
    open.close();
    expect(await runner.save()).toMatchObject({ code: 0 });
    expect(filesOnBranch()).toEqual(['kpi.db']);
    expect(await levelsOnBranch()).toEqual([7]);
  });

  it('gets no lease of a process that is dead, and each of one that lives', async () => {
    const runner = await runnerAfter(1);
    const state = await openLocalState(join(runner.workspace, '.kpi'), { clock: systemClock });
    const lease = (name: string, pid: number, host = hostname()) =>
      acquireLease(state, { name, runId: name, host, pid, clock: systemClock });
    // 4194304 is the most that a Linux kernel gives, and so no process has it. https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html
    await lease('provider/dead', 4_194_304);
    await lease('provider/alive', process.pid);
    await lease('provider/elsewhere', 4_194_304, 'another-machine');
    await state.close();
    expect(await runner.save()).toMatchObject({ code: 0 });
    const saved = await openLocalState(join(runner.workspace, '.kpi'), { clock: systemClock });
    expect((await saved.list('lease')).map(({ key }) => key)).toEqual(['provider/alive', 'provider/elsewhere']);
    await saved.close();
  });

  it('is never overwritten where another run has saved in between: this one fails and hands out its files', async () => {
    await (await runnerAfter(1)).save();
    const [first, second] = [await runnerAfter(2), await runnerAfter(3)];
    await first.save();
    const theirs = tip();
    const failed = await second.save();
    expect(failed).toMatchObject({ code: 1, log: expect.stringMatching(/^::error title=kpi::another run has saved to kpi-data since/m) });
    expect(tip()).toBe(theirs);
    expect(await levelsOnBranch()).toEqual([1, 2]);
    expect(levelsIn(failed.outputs.kept ?? '')).toEqual([1, 3]);
    expect(existsSync(join(failed.outputs.kept ?? '', '.kpi/runs/3.ndjson'))).toBe(true);
  });

  it('nor where another run has made it in between', async () => {
    const [first, second] = [await runnerAfter(1), await runnerAfter(2)];
    await first.save();
    expect(await second.save()).toMatchObject({ code: 1, log: expect.stringContaining('(no branch then, ') });
    expect(await levelsOnBranch()).toEqual([1]);
  });

  it.each(['main', 'other'])('is not a branch of the user’s: %s is refused and stays', async (branch) => {
    server.git('branch', 'other', 'main');
    const runner = newRunner(server);
    const before = server.git('rev-parse', branch);
    const refused = await runner.restore({ INPUT_STATE_BRANCH: branch });
    expect(refused).toMatchObject({ code: 1, log: expect.stringContaining(`the branch ${branch} was not made by kpi`) });
    expect(server.git('rev-parse', branch)).toBe(before);
  });

  it('keeps a file that came from it and is gone', async () => {
    await (await runnerAfter(1)).save();
    const before = tip();
    const runner = await runnerAfter(2);
    rmSync(join(runner.workspace, 'kpi.db'));
    expect(await runner.save()).toMatchObject({ code: 1, log: expect.stringContaining('kpi.db came from kpi-data and is gone') });
    expect(tip()).toBe(before);
  });

  it('has what else is named, and says what is named no more', async () => {
    const named = { INPUT_STATE_FILES: ' ./kpi.db \r\n\n.kpi/\nout/points.ndjson' };
    const runner = newRunner(server);
    await runner.restore(named);
    writeLevel(runner, 1);
    mkdirSync(join(runner.workspace, 'out'));
    writeFileSync(join(runner.workspace, 'out/points.ndjson'), '{}\r\n');
    await runner.save(named);
    expect(filesOnBranch()).toEqual(['.kpi/runs/1.ndjson', 'kpi.db', 'out/points.ndjson']);
    const next = newRunner(server);
    await next.restore(named);
    expect(readFileSync(join(next.workspace, 'out/points.ndjson'), 'utf8')).toBe('{}\r\n');
    const third = newRunner(server);
    expect(await third.restore()).toMatchObject({
      code: 0,
      log: expect.stringMatching(/^::warning title=kpi::kpi-data holds out\/points.ndjson/m),
    });
    expect(existsSync(join(third.workspace, 'out'))).toBe(false);
  });
});

describe('a good state on the branch', () => {
  /** What the run after the first one finds, spoilt, and what its save says of it. */
  async function savedAfter(spoil: (workspace: string) => void, env: Readonly<Record<string, string>> = {}) {
    await (await runnerAfter(1)).save();
    const before = tip();
    const runner = await runnerAfter(2);
    spoil(runner.workspace);
    const saved = await runner.save(env);
    return { ...saved, stays: tip() === before };
  }

  it('outlives a folder that has become a link: what is behind it is handed out', async () => {
    const saved = await savedAfter((workspace) => {
      renameSync(join(workspace, '.kpi'), join(workspace, '../elsewhere'));
      symlinkSync('../elsewhere', join(workspace, '.kpi'));
    });
    expect(saved).toMatchObject({ code: 1, stays: true, log: expect.stringMatching(/^::error title=kpi::\.kpi is a link/m) });
    expect(existsSync(join(saved.outputs.kept ?? '', '.kpi/runs/2.ndjson'))).toBe(true);
    expect(levelsIn(saved.outputs.kept ?? '')).toEqual([1, 2]);
  });

  it('outlives a database that has become one', async () => {
    const saved = await savedAfter((workspace) => {
      renameSync(join(workspace, 'kpi.db'), join(workspace, 'elsewhere'));
      symlinkSync('elsewhere', join(workspace, 'kpi.db'));
    });
    expect(saved).toMatchObject({ code: 1, stays: true, log: expect.stringMatching(/^::error title=kpi::kpi\.db is a link/m) });
  });

  it('outlives a link, and what is no file, in a folder', async () => {
    const link = await savedAfter((workspace) => symlinkSync('nowhere', join(workspace, '.kpi/link')));
    expect(link).toMatchObject({ code: 1, stays: true, log: expect.stringContaining('.kpi/link is a link') });
    expect(levelsIn(link.outputs.kept ?? '')).toEqual([1, 2]);
  });

  it('outlives a folder that has lost a file, or all of them', async () => {
    const named = { INPUT_STATE_FILES: 'kpi.db\n.kpi\nout' };
    const runner = newRunner(server);
    await runner.restore(named);
    mkdirSync(join(runner.workspace, 'out'));
    for (const name of ['a.csv', 'b.csv']) writeFileSync(join(runner.workspace, 'out', name), name);
    expect(await runner.save(named)).toMatchObject({ code: 0 });
    const before = tip();
    for (const gone of [['a.csv'], ['a.csv', 'b.csv']]) {
      const next = newRunner(server);
      await next.restore(named);
      for (const name of gone) rmSync(join(next.workspace, 'out', name));
      const saved = await next.save(named);
      expect(saved).toMatchObject({ code: 1, log: expect.stringContaining('out/a.csv came from kpi-data and is gone') });
      expect(tip()).toBe(before);
    }
  });

  it('loses the reports of runs that kpi itself has removed', async () => {
    const saved = await savedAfter((workspace) => rmSync(join(workspace, '.kpi/runs/1.ndjson')));
    expect(saved).toMatchObject({ code: 0, stays: false });
    expect(filesOnBranch()).toEqual(['.kpi/runs/2.ndjson', 'kpi.db']);
  });

  it.each(['foo.lock', 'out/x.db-wal', 'x-journal'])('is not replaced by one of %s, which is never saved', async (path) => {
    const saved = await savedAfter((workspace) => writeFileSync(join(workspace, 'foo.lock'), ''), { INPUT_STATE_FILES: path });
    expect(saved).toMatchObject({
      code: 1,
      stays: true,
      log: expect.stringContaining(`"${path}" cannot be a state file: it stands beside`),
    });
  });

  it.each(['(', '!', 'a b [x] é'])('goes on where a file is called %j', async (name) => {
    const env = { INPUT_STATE_FILES: `kpi.db\n.kpi\n${name}` };
    expect(await savedAfter((workspace) => writeFileSync(join(workspace, name), 'x'), env)).toMatchObject({ code: 0 });
    const next = newRunner(server);
    expect(await next.restore(env)).toMatchObject({ code: 0 });
    expect(readFileSync(join(next.workspace, name), 'utf8')).toBe('x');
  });

  it('outlives a search that breaks off', async () => {
    await (await runnerAfter(1)).save();
    const before = tip();
    const runner = await runnerAfter(2);
    runner.hide('find', 'REAL "$@"\nexit 1');
    expect(await runner.save()).toMatchObject({ code: 1, log: expect.stringContaining('the state files cannot all be read') });
    expect(tip()).toBe(before);
  });

  it('is looked into, as the page says, beside the database of a person', async () => {
    await (await runnerAfter(1)).save();
    const { workspace } = newRunner(server);
    const page = readFileSync(join(root, 'docs/run-it/github-actions.md'), 'utf8');
    const command = /`(git fetch origin kpi-data [^`]+)`/.exec(page)?.[1] ?? '';
    for (const name of ['kpi.db', 'kpi.db-wal']) writeFileSync(join(workspace, name), 'mine');
    execFileSync('bash', ['-ec', command], { cwd: workspace, stdio: 'ignore' });
    for (const name of ['kpi.db', 'kpi.db-wal']) expect(readFileSync(join(workspace, name), 'utf8')).toBe('mine');
    const [, made = ''] = /> (\S+)$/.exec(command) ?? [];
    expect(readFileSync(join(workspace, made)).subarray(0, 15).toString()).toBe('SQLite format 3');
  });
});

describe('a file on the branch', () => {
  /** Puts files on the branch as another program could. */
  function pushed(files: Readonly<Record<string, string>>): void {
    const stored = (text: string) => {
      writeFileSync(join(server.dir, 'text'), text);
      return server.git('hash-object', '-w', join(server.dir, 'text')).trim();
    };
    // A tree as git stores it, since its commands would refuse some names: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    const entries = Object.entries(files).map(([name, text]) =>
      Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(stored(text), 'hex')]),
    );
    writeFileSync(join(server.dir, 'tree'), Buffer.concat(entries));
    const tree = server.git('hash-object', '-w', '-t', 'tree', join(server.dir, 'tree')).trim();
    const folder = `040000 tree ${tree}\t.kpi\n`;
    writeFileSync(join(server.dir, 'folder'), folder);
    const bare = join(server.dir, server.repository);
    const top = execFileSync('git', ['mktree'], { cwd: bare, input: folder, encoding: 'utf8' }).trim();
    server.git('update-ref', 'refs/heads/kpi-data', server.git('commit-tree', top, '-m', 'kpi state').trim());
  }

  it.each([
    ['a line break in its name', 'x\n::error::mine'],
    ['a carriage return in its name', 'x\r::error::mine'],
    ['a name too long for a disk', 'x'.repeat(300)],
  ])('with %s is refused before anything is written, and is no command', async (_, name) => {
    pushed({ a: 'first', [name]: 'second' });
    const runner = newRunner(server);
    const refused = await runner.restore();
    expect(refused).toMatchObject({
      code: 1,
      log: expect.stringMatching(/^::error title=kpi::a file on the branch kpi-data has a name that kpi gives to none.*\n$/),
    });
    expect(existsSync(join(runner.workspace, '.kpi'))).toBe(false);
  });

  it('is not written through a link, or where a file stands in its way', async () => {
    pushed({ a: 'theirs' });
    const linked = newRunner(server);
    mkdirSync(join(linked.workspace, '.kpi'));
    symlinkSync('../outside', join(linked.workspace, '.kpi/a'));
    expect(await linked.restore()).toMatchObject({ code: 1, log: expect.stringContaining('.kpi/a is a link') });
    expect(existsSync(join(linked.workspace, 'outside'))).toBe(false);
    const blocked = newRunner(server);
    writeFileSync(join(blocked.workspace, '.kpi'), 'a file');
    expect(await blocked.restore()).toMatchObject({ code: 1, log: expect.stringMatching(/^::error title=kpi::\.kpi is no folder/m) });
  });
});

describe('what is there already', () => {
  it('stays, and nothing else is written, where it is not what the branch has', async () => {
    await (await runnerAfter(1)).save();
    const runner = newRunner(server);
    writeLevel(runner, 5);
    const refused = await runner.restore();
    expect(refused).toMatchObject({ code: 1, log: expect.stringContaining('kpi.db is in the working directory already') });
    expect(levelsIn(runner.workspace)).toEqual([5]);
    expect(existsSync(join(runner.workspace, '.kpi/runs/1.ndjson'))).toBe(false);
  });

  it('may be the same', async () => {
    const runner = await runnerAfter(1);
    await runner.save();
    expect(await runner.restore()).toMatchObject({ code: 0 });
    writeLevel(runner, 2);
    await runner.save();
    expect(await levelsOnBranch()).toEqual([1, 2]);
  });

  it('is no WAL of another database', async () => {
    await (await runnerAfter(1)).save();
    const runner = newRunner(server);
    writeFileSync(join(runner.workspace, 'kpi.db-wal'), 'left by another');
    expect(await runner.restore()).toMatchObject({ code: 1, log: expect.stringContaining('kpi.db is in the working directory already') });
  });
});

describe('what cannot be saved', () => {
  it('is a database that another process uses', async () => {
    const runner = await runnerAfter(1);
    writeLevel(runner, 2);
    const reader = new DatabaseSync(join(runner.workspace, 'kpi.db'));
    reader.exec('begin; select * from numbers');
    writeLevel(runner, 3);
    const failed = await runner.save();
    reader.close();
    expect(failed).toMatchObject({ code: 1, log: expect.stringContaining('kpi.db is still in use by another process') });
    expect(levelsIn(failed.outputs.kept ?? '')).toEqual([1, 2, 3]);
    expect(() => tip()).toThrow();
  });

  it('is one that is damaged', async () => {
    const runner = await runnerAfter(1);
    truncateSync(join(runner.workspace, 'kpi.db'), 4096);
    expect(await runner.save()).toMatchObject({
      code: 1,
      log: expect.stringMatching(/^::error title=kpi::kpi.db (is damaged|cannot be read)/m),
      outputs: { kept: expect.any(String) },
    });
  });

  it('is a file whose name has a line break, which is no command either', async () => {
    const runner = await runnerAfter(1);
    writeFileSync(join(runner.workspace, '.kpi/x\n::error::mine'), 'x');
    const failed = await runner.save();
    expect(failed).toMatchObject({
      code: 1,
      log: expect.stringContaining('cannot be saved: its name is too long, or has a control character'),
    });
    expect(failed.log).not.toMatch(/^::error::mine/m);
    const damaged = join(runner.workspace, 'x\r\n::error::mine');
    copyFileSync(join(runner.workspace, 'kpi.db'), damaged);
    truncateSync(damaged, 4096);
    const { status, stdout } = spawnSync(process.execPath, [join(root, 'scripts/action/checkpoint.ts'), damaged], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stdout).toMatch(/^::error title=kpi::[^\r\n]+\n$/);
  });

  it('is what GitHub would not take, told before it is so', async () => {
    const runner = await runnerAfter(1);
    writeFileSync(join(runner.workspace, '.kpi/large'), '');
    truncateSync(join(runner.workspace, '.kpi/large'), 91 * 1024 * 1024);
    const warned = await runner.save();
    expect(warned).toMatchObject({ code: 0, log: expect.stringMatching(/^::warning title=kpi::.kpi\/large has 91 MiB/m) });
    truncateSync(join(runner.workspace, '.kpi/large'), 101 * 1024 * 1024);
    const refused = await runner.save({ RESTORED_BASE: tip() });
    expect(refused).toMatchObject({ code: 1, log: expect.stringMatching(/^::error title=kpi::.kpi\/large has 101 MiB/m) });
  });

  it.each(['../kpi.db', '/etc/passwd', '.git', 'a/.git/config', '-rf', '.', 'a/../../b'])('is a path like %s', async (path) => {
    const refused = await newRunner(server).restore({ INPUT_STATE_FILES: path });
    expect(refused).toMatchObject({ code: 1, log: expect.stringContaining(`"${path}" cannot be a state file`) });
  });

  it('is nothing', async () => {
    expect((await newRunner(server).restore({ INPUT_STATE_FILES: '\n' })).log).toContain('state-files names no file');
    expect((await newRunner(server).restore({ INPUT_STATE_BRANCH: 'a..b' })).log).toContain('"a..b" is no name of a branch');
  });

  it('is read from the branch neither: a link', async () => {
    const folder = server.newFolder();
    gitIn(folder, ['init', '--quiet', '--initial-branch=kpi-data', '.'], server.dir);
    symlinkSync('/etc/passwd', join(folder, 'kpi.db'));
    gitIn(folder, ['add', 'kpi.db'], server.dir);
    gitIn(folder, ['commit', '--quiet', '--message=kpi state'], server.dir);
    gitIn(folder, ['push', '--quiet', `${server.url}/${server.repository}`, 'kpi-data'], server.dir);
    expect(await newRunner(server).restore()).toMatchObject({
      code: 1,
      log: expect.stringContaining('kpi.db on the branch kpi-data is no plain file'),
    });
  });
});

describe('the network', () => {
  it('may be away for a moment', async () => {
    const runner = newRunner(server);
    runner.hide('sleep', 'true');
    const once = (verb: string) =>
      runner.hide(
        'git',
        `case " $* " in *" ${verb} "*) [ -e "$HOME/${verb}" ] || { touch "$HOME/${verb}"; echo away >&2; exit 128; } ;; esac\nREAL "$@"`,
      );
    once('ls-remote');
    expect(await runner.restore()).toMatchObject({ code: 0 });
    writeLevel(runner, 1);
    once('push');
    expect(await runner.save()).toMatchObject({ code: 0 });
    expect(await levelsOnBranch()).toEqual([1]);
  });

  it('may swallow the answer to what was stored', async () => {
    const runner = await runnerAfter(1);
    runner.hide('git', 'REAL "$@" || exit\n[ "$1" != push ] || exit 1');
    expect(await runner.save()).toMatchObject({ code: 0 });
    expect(await levelsOnBranch()).toEqual([1]);
  });

  it('is told of in one sentence when it stays away', async () => {
    const runner = newRunner(server);
    runner.hide('sleep', 'true');
    const failed = await runner.restore({ GITHUB_SERVER_URL: `file://${server.dir}/gone` });
    expect(failed).toMatchObject({
      code: 1,
      log: expect.stringMatching(/^::error title=kpi::the branch kpi-data cannot be read: .*not.*\n$/),
    });
  });

  it('is told that the token may not write', async () => {
    const runner = await runnerAfter(1);
    runner.hide(
      'git',
      '[ "$1" != push ] || { echo "remote: Permission to acme/metrics.git denied to github-actions[bot]." >&2; exit 128; }\nREAL "$@"',
    );
    expect(await runner.save()).toMatchObject({ code: 1, log: expect.stringContaining('give the job "permissions: contents: write"') });
  });
});

describe('the token', () => {
  it('goes to the server of the repository, as GitHub wants it', async () => {
    const github = await startStandIn(() => ({ status: 401, body: 'no' }));
    const runner = newRunner(server);
    runner.hide('sleep', 'true');
    const refused = await runner.restore({ GITHUB_SERVER_URL: github.url });
    await github.close();
    expect(refused.code).toBe(1);
    const sent = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
    expect(github.requests.map((request) => request.headers.authorization?.replace(/^basic/i, 'Basic'))).toContain(sent);
  });

  it('stands in no argument and in no line of the log', async () => {
    const runner = newRunner(server);
    runner.hide('git', 'printf "%s\\n" "$*" >>"$HOME/arguments"\nREAL "$@"');
    const restored = await runner.restore();
    writeLevel(runner, 1);
    const saved = await runner.save();
    const seen = readFileSync(join(runner.workspace, '../arguments'), 'utf8') + restored.log + saved.log;
    expect(seen).toContain('push --quiet --force-with-lease');
    expect(seen).not.toContain(token);
    expect(seen).not.toContain(Buffer.from(`x-access-token:${token}`).toString('base64'));
  });
});
