import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kpi-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function started(argv: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [...argv], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess) {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const exitCode = await new Promise((resolve) => child.on('close', resolve));
  return { exitCode, stdout, stderr };
}

/** What is evaluated before the program. */
function before(code: string): string[] {
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

describe('bin/dev.js', () => {
  const dev = join(root, 'bin/dev.js');

  it('runs the sources', async () => {
    expect(await ended(started([dev, 'db', 'innit']))).toEqual({
      exitCode: 64,
      stdout: '',
      stderr: 'kpi: unknown command "db innit"; did you mean "db init"?\n',
    });
  });

  it('is content with a reader that goes away', async () => {
    const child = started([dev, 'collect', '--help']);
    child.stdout?.destroy();
    expect(await ended(child)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it.skipIf(process.platform !== 'linux')('says so when its output cannot be written', async () => {
    const child = spawn('sh', ['-c', `"${process.execPath}" "${dev}" collect --help > /dev/full`], { stdio: ['ignore', 'pipe', 'pipe'] });
    const { exitCode, stderr } = await ended(child);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^kpi: standard output cannot be written: ENOSPC.*\n$/);
  });

  it('ends with 70 at a rejection that nobody handles', async () => {
    const stray = `const timer = setInterval(() => {
      if (process.listenerCount('uncaughtException') === 0) return;
      clearInterval(timer);
      Promise.reject(new TypeError('astray'));
    });`;
    const { exitCode, stdout, stderr } = await ended(started([...before(stray), dev, 'config', 'schema', '--json']));
    expect(exitCode).toBe(70);
    expect(JSON.parse(stdout)).toMatchObject({ exitCode: 70, error: { kind: 'defect', message: 'TypeError: astray' } });
    expect(stderr).toMatch(/^kpi: this is a defect in kpi itself: TypeError: astray\n/);
  });
});

describe('bin/run.js', () => {
  mkdirSync(join(folder, 'bin'));
  copyFileSync(join(root, 'bin/run.js'), join(folder, 'bin/run.js'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const run = join(folder, 'bin/run.js');

  it('says in one line that Node is too old', async () => {
    const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });`;
    const { exitCode, stdout, stderr } = await ended(started([...before(old), run, 'collect']));
    expect([exitCode, stdout]).toEqual([78, '']);
    expect(stderr).toMatch(/^kpi: Node\.js 24 or newer is needed, .*\n$/);
  });

  it('says in one line that it is not built', async () => {
    expect(await ended(started([run, 'collect']))).toEqual({
      exitCode: 78,
      stdout: '',
      stderr: 'kpi: this checkout is not built; run "npm run build" first\n',
    });
  });

  it('does not take another missing module for a missing build', async () => {
    mkdirSync(join(folder, 'dist/cli'), { recursive: true });
    writeFileSync(join(folder, 'dist/cli/process.js'), "import './gone.js';\n");
    const { exitCode, stderr } = await ended(started([run, 'collect']));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('gone.js');
  });
});
