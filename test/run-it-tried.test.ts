import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startNuget } from '../src/testing/stand-ins/nuget/index.ts';
import { newPlace, program } from './e2e/place.ts';

// Both are of util-linux. What a machine does not allow is not run there.
const unshared = (args: readonly string[]) => spawnSync('unshare', ['--map-root-user', ...args]).status === 0;
const canBeReadOnly = unshared(['--mount', 'sh', '-c', 'mount -o remount,bind,ro / && unshare --user --map-user=1000 true']);
const canBeFirst = unshared(['--pid', '--fork', '--mount-proc', 'test', '-r', '/proc/1/stat']);

const config = (serviceIndex: string) => ({
  run: { every: '4h' },
  providers: { nuget: { packages: ['Akka'], serviceIndex } },
  sinks: { local: { type: 'sqlite', path: 'data/kpi.db' } },
});

describe.runIf(canBeReadOnly)('on a file system that can only be read, as a user that is not root (by unshare and mount)', () => {
  /** Everything is read-only but `data`; `touch` shows that it is. */
  const script = `
    mkdir data && mount --bind "$PWD" "$PWD" && cd "$PWD" && mount --bind data data &&
    mount -o remount,bind,ro "$PWD" && mount -o remount,bind,ro / && touch data/made && ! touch made 2> /dev/null &&
    KPI_STATE_DIR="$PWD/data/.kpi" exec unshare --user --map-user=1000 --map-group=1000 sh -c 'echo "user $(id -u)" >&2; exec $KPI collect'`;

  it('collects, and writes its state and its database alone', async () => {
    const nuget = await startNuget({ packages: [{ id: 'Akka', owners: 'petabridge', versions: [{ version: '1.5.50', downloads: 7 }] }] });
    await using place = newPlace({ 'kpi.config.json': config(nuget.serviceIndex) });
    try {
      const { code, stderr } = await place.shell('exec unshare --mount --map-root-user sh -c "$SCRIPT"', { env: { SCRIPT: script } });
      expect(stderr).toContain('user 1000\n');
      expect(code, stderr).toBe(0);
      const written = globSync(['*', 'data/*', 'data/.kpi/*'], { cwd: place.dir });
      expect(written.sort()).toEqual(['data', 'data/.kpi/outbox.db', 'data/.kpi/state.db', 'data/kpi.db', 'data/made', 'kpi.config.json']);
      expect(place.rows('select package, total_downloads from nuget_package', 'data/kpi.db')).toEqual([
        { package: 'Akka', total_downloads: 7 },
      ]);
    } finally {
      await nuget.close();
    }
  });
});

describe.runIf(canBeFirst)('as the first process of a container (by unshare)', () => {
  it('ends with 143 after SIGTERM, and says what it did', async () => {
    const { server, asked } = await startSilent();
    const { port } = server.address() as AddressInfo;
    await using place = newPlace({ 'kpi.config.json': config(`http://127.0.0.1:${port}/index.json`) });
    place.write('data/README', '');
    const args = ['--map-root-user', '--pid', '--fork', '--mount-proc', process.execPath, program, 'collect'];
    const child = spawn('unshare', args, { cwd: place.dir, stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, ended] = [text(child.stdout), endOf(child)];
    try {
      await asked;
      // As seen from outside; inside, it is the process 1.
      const first = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8'));
      expect(readFileSync(`/proc/${first}/status`, 'utf8')).toMatch(/^NSpid:.*\t1$/m);
      process.kill(first, 'SIGTERM');
      expect(await ended).toBe(143);
      expect(await stdout).toContain('interrupted by SIGTERM');
    } finally {
      child.kill('SIGKILL');
      server.close();
      server.closeAllConnections();
    }
  });
});

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve));
}

/** A server that never answers; `asked` resolves with the first question. */
async function startSilent(): Promise<{ server: Server; asked: Promise<void> }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = createServer(() => resolve());
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
  return { server, asked: promise };
}
