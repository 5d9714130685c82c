import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../../src/testing/contract/sink-model.ts';

/** The settings of a sink. */
interface Settings {
  readonly path: string;
  readonly [setting: string]: unknown;
}

export interface Writers {
  /** A new folder for each test. */
  readonly dir: string;
  /** Starts a writer and kills it, `kills` times, at seeded moments. Resolves with the batches acknowledged, as `writer batch`. */
  killed(type: string, settings: Settings, kills: number, rows: number): Promise<readonly string[]>;
  /**
   * Starts a writer of long lines and kills it when the file is seen to end in the middle of one, the first batch being acknowledged.
   * `data` is the file, where it is not the path of the settings.
   */
  torn(type: string, settings: Settings, rows: number, data?: string): Promise<readonly string[]>;
  /** Starts two writers at once and lets them end. */
  together(type: string, settings: Settings, batches: number, rows: number): Promise<void>;
}

/** Writers in processes of their own, which end with the test. */
export async function withWriters(work: (writers: Writers) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-crash-'));
  const children: ChildProcess[] = [];
  const program = fileURLToPath(new URL('./sink-writer.ts', import.meta.url));

  function start(type: string, settings: Settings, writer: string, rows: number, padding: number, batches = 1e9) {
    const args = [program, type, JSON.stringify(settings), writer, rows, padding, batches].map(String);
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    let told = '';
    let failure = '';
    child.stdout.on('data', (part) => {
      told += part;
    });
    child.stderr.on('data', (part) => {
      failure += part;
      console.log('CHILD', String(part));
    });
    const ended = new Promise<{ readonly code: number | null; readonly acknowledged: readonly string[]; readonly failure: string }>(
      (resolve) => {
        child.on('close', (code) => resolve({ code, failure, acknowledged: told.split('\n').slice(0, -1) }));
      },
    );
    async function hasTold(lines: number): Promise<void> {
      while (told.split('\n').length <= lines && child.exitCode === null)
        await new Promise((resolve) => child.stdout.once('data', resolve));
    }
    return { child, ended, hasTold };
  }

  try {
    await work({
      dir,
      async killed(type, settings, kills, rows) {
        const random = createRandom(11);
        const acknowledged: string[] = [];
        for (let round = 0; round < kills; round++) {
          const { child, ended, hasTold } = start(type, settings, `w${round}`, rows, 0);
          await hasTold(1 + Math.floor(random() * 6));
          await sleep(random() * 5);
          child.kill('SIGKILL');
          const end = await ended;
          if (end.code !== null) throw new Error(`the writer ended by itself: ${end.failure}`);
          for (const batch of end.acknowledged) acknowledged.push(`w${round} ${batch}`);
        }
        return acknowledged;
      },
      async torn(type, settings, rows, data = settings.path) {
        const { child, ended, hasTold } = start(type, settings, 'torn', rows, 200_000);
        await hasTold(1);
        while (child.exitCode === null && endsWhole(data)) await new Promise(setImmediate);
        child.kill('SIGKILL');
        const { code, failure, acknowledged } = await ended;
        if (code !== null) throw new Error(`the writer ended by itself: ${failure}`);
        return acknowledged.map((batch) => `torn ${batch}`);
      },
      async together(type, settings, batches, rows) {
        const both = ['a', 'b'].map((writer) => start(type, settings, writer, rows, 0, batches));
        for (const { ended } of both) {
          const { code, failure } = await ended;
          if (code !== 0) throw new Error(`the writer failed: ${failure}`);
        }
      },
    });
  } finally {
    for (const child of children) child.kill('SIGKILL');
    rmSync(dir, { recursive: true });
  }
}

function endsWhole(path: string): boolean {
  const file = openSync(path, 'r');
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, fstatSync(file).size - 1);
  closeSync(file);
  return last.toString() === '\n';
}
