import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { SinkReport } from '../../src/sdk/report.ts';
import { type StoreProxy, startProxy } from './proxy.ts';
import type { Kind, Store } from './store.ts';

const collector = fileURLToPath(new URL('collector.ts', import.meta.url));

export interface Ran {
  readonly exitCode: number;
  readonly sink: SinkReport;
}

/** A store in a folder of its own, and what collects into it. */
export interface Place {
  readonly dir: string;
  readonly store: Store;
  /** Absent where the store is not on the network. */
  readonly proxy: StoreProxy | undefined;
  /** Whether `stop` makes the store take nothing. */
  readonly stops: boolean;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Writes a config into a folder of it, and tells its file. */
  config(folder: string, providers: object): string;
  run(mode: 'collect' | 'send', options: RunOptions): Promise<Ran>;
  /** Begins the same and kills it when so many points have left the outbox. False where it had ended before. */
  kill(mode: 'collect' | 'send', options: RunOptions, after: number): Promise<boolean>;
  /** How many points wait in the outbox. */
  waiting(): number;
  close(): Promise<void>;
}

interface RunOptions {
  readonly at: Date;
  readonly points: number;
  /** Is told how many points the store has acknowledged. */
  readonly delivered?: (count: number) => void;
  /** What no file may outgrow, in KiB. */
  readonly largestFileKib?: number;
}

export async function openPlace(kind: Kind): Promise<Place> {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-torture-'));
  const store = await kind.start(dir);
  const proxy = store.port === undefined ? undefined : await startProxy(store.port, store.proxyPort);
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, ...store.env };

  const place: Place = {
    dir,
    store,
    proxy,
    stops: store.stop !== undefined || proxy !== undefined,
    stop: async () => await (store.stop ?? proxy?.stop)?.(),
    start: async () => await (store.start ?? proxy?.start)?.(),
    config(folder, providers) {
      mkdirSync(join(dir, folder), { recursive: true });
      const file = join(dir, folder, 'kpi.config.json');
      writeFileSync(file, JSON.stringify({ providers, sinks: { store: store.entry(proxy?.port ?? 0) } }));
      return file;
    },
    async run(mode, { delivered, largestFileKib, ...options }) {
      const args = argumentsOf(mode, options);
      // `ulimit` counts blocks of 512 bytes.
      const limit = `ulimit -f ${(largestFileKib ?? 0) * 2}; exec "$@"`;
      const child =
        largestFileKib === undefined
          ? spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
          : spawn('sh', ['-c', limit, 'sh', process.execPath, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      let errors = '';
      child.stderr.on('data', (part) => {
        errors += part;
      });
      let last = '';
      for await (const line of createInterface({ input: child.stdout })) {
        last = line;
        if (!line.startsWith('{')) delivered?.(Number(line));
      }
      if (!last.startsWith('{')) throw new Error(`a run told nothing: ${errors}`);
      return JSON.parse(last) as Ran;
    },
    async kill(mode, options, after) {
      const before = place.waiting();
      const child = spawn(process.execPath, argumentsOf(mode, options), { env, stdio: 'ignore' });
      const watch = setInterval(() => {
        if (place.waiting() <= before - after) child.kill('SIGKILL');
      }, 5);
      try {
        return await new Promise<boolean>((resolve) => child.once('exit', (_, signal) => resolve(signal === 'SIGKILL')));
      } finally {
        clearInterval(watch);
      }
    },
    waiting() {
      const db = new DatabaseSync(join(dir, 'run', '.kpi', 'outbox.db'), { readOnly: true, timeout: 1000 });
      try {
        return Number(db.prepare(`select coalesce(sum(entries), 0) as waiting from tally where reason = ''`).get()?.waiting);
      } finally {
        db.close();
      }
    },
    async close() {
      await proxy?.close();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return place;

  function argumentsOf(mode: string, { at, points }: RunOptions): string[] {
    return [collector, mode, place.config('run', { generator: {} }), at.toISOString(), String(points)];
  }
}
