import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { App } from '../app.ts';
import { createHost, type Host } from '../cli/host.ts';
import { main } from '../cli/main.ts';
import type { Manifest } from '../cli/manifest.ts';
import type { Prompts } from '../cli/prompts.ts';
import type { Outside } from '../engine/outside.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface CliOptions {
  /** The calls that the command may make; any other throws. */
  readonly app?: Partial<App>;
  readonly env?: Outside['env'];
  readonly stdoutIsTerminal?: boolean;
  readonly stderrIsTerminal?: boolean;
  readonly columns?: number;
  /** What the person at the terminal types. */
  readonly answer?: string;
  /** Who answers a series of questions. */
  readonly prompts?: Prompts;
  /** As after a build; absent: the sources are looked at. */
  readonly manifest?: Manifest;
}

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly questions: readonly string[];
}

/** Runs one command line in this process, on the sources, with an app that does what the test says. */
export async function runCli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const questions: string[] = [];
  const written = { stdout: '', stderr: '' };
  const host = fakeHost(options, written, questions);
  const pjson = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  const oclif = { ...pjson.oclif, commands: './src/commands' };
  const exitCode = await main(argv, { host, root, pjson: { ...pjson, oclif }, manifest: options.manifest });
  return { exitCode, ...written, questions };
}

function fakeHost(options: CliOptions, written: { stdout: string; stderr: string }, questions: string[]): Host {
  const { columns = 80, env = {} } = options;
  function stream(name: 'stdout' | 'stderr', isTerminal = false) {
    return {
      columns,
      isTerminal,
      write(text: string) {
        written[name] += text;
      },
    };
  }
  const outside = {
    env,
    cwd: '/nowhere',
    stdout: stream('stdout', options.stdoutIsTerminal),
    stderr: stream('stderr', options.stderrIsTerminal),
  };
  return createHost(outside as unknown as Outside, {
    createApp: () => fakeApp(options.app ?? {}),
    async ask(question) {
      questions.push(question);
      return options.answer;
    },
    prompts: async () => options.prompts,
  });
}

function fakeApp(calls: Partial<App>): App {
  const known: Partial<App> = { redact: (text) => text, ...calls };
  return new Proxy(known as App, {
    get(target, name: string) {
      // A promise is told from other values by its `then`.
      if (name === 'then' || name in target) return target[name as keyof App];
      throw new TypeError(`the command called app.${name}, which the test does not expect`);
    },
  });
}
