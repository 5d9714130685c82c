import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PJSON } from '@oclif/core/interfaces';
import { processOutside } from '../engine/outside.ts';
import { createHost } from './host.ts';
import { fail, main } from './main.ts';
import { readManifest } from './manifest.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs this process's command line and ends the process. */
export async function runProcess(options: { readonly sources?: boolean } = {}): Promise<void> {
  const sources = options.sources === true;
  const pjson = packageJson(sources);
  const host = createHost(processOutside(), {
    createApp: async (outside, onSecret) => (await import('../app.ts')).createApp(outside, onSecret),
    ask,
    prompts: async () => (await import('./prompts.ts')).terminalPrompts(),
  });
  const argv = process.argv.slice(2);
  const streams = watchStreams((text) => host.err.write(text));

  // During a run, what nobody caught is a problem of that run, which has its own listener; otherwise it is a defect.
  function stray(error: unknown) {
    if (process.listenerCount('uncaughtException') > 1) return;
    process.exit(fail(error, argv, { host, pjson }));
  }
  process.on('uncaughtException', stray);

  const code = await main(argv, {
    host,
    root,
    pjson,
    manifest: sources ? undefined : readManifest(`${root}/oclif.manifest.json`, pjson.version),
    loaded: streams.watch,
  });
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  process.exit(code === 0 && streams.broken() ? 1 : code);
}

function packageJson(sources: boolean): PJSON {
  const pjson = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as PJSON;
  return sources ? { ...pjson, oclif: { ...pjson.oclif, commands: './src/commands' } } : pjson;
}

/** A reader that goes away (`kpi providers | head`) is no failure; output that cannot be written is. */
function watchStreams(tell: (text: string) => void) {
  let failed = false;
  function onError(error: NodeJS.ErrnoException) {
    if (error.code === 'EPIPE' || failed) return;
    failed = true;
    tell(`kpi: standard output cannot be written: ${error.message}\n`);
  }
  function watch() {
    process.stdout.removeAllListeners('error').on('error', onError);
    process.stderr.removeAllListeners('error').on('error', () => undefined);
  }
  watch();
  return { watch, broken: () => failed };
}

/** Pipes may be slower than the program (https://nodejs.org/api/process.html#a-note-on-process-io). */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write('', () => resolve());
  });
}

async function ask(question: string): Promise<string | undefined> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined;
  const { createInterface } = await import('node:readline/promises');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.on('SIGINT', () => {
    process.stderr.write('\n');
    process.exit(130);
  });
  try {
    return await lines.question(question);
  } catch {
    // The end of the input: no answer is none of consent.
    process.stderr.write('\n');
    return '';
  } finally {
    lines.close();
  }
}
