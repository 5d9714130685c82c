import type { App } from '../app.ts';
import type { Out, Outside } from '../engine/outside.ts';
import { type ErrorReport, json } from '../report/json.ts';
import { createPaint, type Paint, wantsColour } from '../report/paint.ts';
import { harmless } from '../report/workflow-commands.ts';
import { type Actions, createActions, nested } from './actions.ts';
import type { Prompts } from './prompts.ts';

/** What a command finds around it: the app, made when it is first asked for, and the two streams, whose every write is redacted. */
export interface Host {
  readonly env: Outside['env'];
  app(): Promise<App>;
  readonly out: Stream;
  readonly err: Stream;
  /** A line from standard input after `question`; undefined where no person is there to answer. */
  ask(question: string): Promise<string | undefined>;
  /** Whoever answers a series of questions; undefined where no person is there. */
  prompts(): Promise<Prompts | undefined>;
  /** A copy of data, no secret in any of its strings. */
  clean<T>(value: T): T;
  readonly screen: Screen;
  /** What GitHub Actions is told. */
  readonly actions: Actions;
  /** How an error is printed with `--json`; a command that is in the middle of its JSON sets another way. */
  printError(report: ErrorReport): void;
}

export interface Stream {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly paint: Paint;
}

/** How wide sentences may be; undefined where no terminal would break them: then they stay whole for what reads them. */
export function terminalColumns({ isTerminal, columns }: Pick<Stream, 'isTerminal' | 'columns'>): number | undefined {
  return isTerminal ? columns : undefined;
}

/** Standard error as a place to draw on. */
export interface Screen extends Stream {
  /** While something is drawn on the last lines, how others write above it; undefined when it is over. */
  above(through: ((write: () => void) => void) | undefined): void;
}

export interface HostOptions {
  /** `onSecret` is told each secret as it becomes known. */
  createApp(outside: Outside, onSecret: (secret: string) => void): App | Promise<App>;
  ask(question: string): Promise<string | undefined>;
  prompts(): Promise<Prompts | undefined>;
}

export function createHost(outside: Outside, options: HostOptions): Host {
  let app: App | undefined;
  let through: ((write: () => void) => void) | undefined;

  function redact(text: string): string {
    return app === undefined ? text : app.redact(text);
  }
  const isActions = outside.env.GITHUB_ACTIONS === 'true';
  const stdout = isActions ? withoutCommands(outside.stdout) : outside.stdout;
  const written = isActions ? withoutCommands(outside.stderr) : outside.stderr;
  const stderr: Out = {
    isTerminal: written.isTerminal,
    columns: written.columns,
    isFile: written.isFile,
    write(text) {
      if (through) through(() => written.write(text));
      else written.write(text);
    },
  };

  const out = stream(stdout, outside.env, redact);
  const actions = createActions({
    env: outside.env,
    cwd: outside.cwd,
    command: outside.stderr.isFile ? undefined : (line) => outside.stderr.write(`${line}\n`),
    warn: (text) => stderr.write(redact(text)),
  });
  // What a run starts, such as the command of a secret, may be a run as well.
  const env = isActions ? { ...outside.env, [nested]: '1' } : outside.env;
  return {
    env: outside.env,
    async app() {
      app ??= await options.createApp({ ...outside, env, stdout, stderr }, actions.mask);
      return app;
    },
    out,
    actions,
    err: stream(stderr, outside.env, redact),
    ask: options.ask,
    prompts: options.prompts,
    clean: (value) => cleaned(value, redact),
    screen: {
      ...stream(written, outside.env, redact),
      above(next) {
        through = next;
      },
    },
    printError: (report) => out.write(json(report)),
  };
}

/** What others say must not be taken for a command to GitHub's runner. */
function withoutCommands(out: Out): Out {
  return { ...out, write: (text) => out.write(harmless(text)) };
}

function stream(out: Out, env: Outside['env'], redact: (text: string) => string): Stream {
  return {
    write: (text) => out.write(redact(text)),
    isTerminal: out.isTerminal,
    // A terminal without a size says 0 columns.
    columns: out.columns === 0 ? 80 : Math.max(40, out.columns),
    paint: createPaint(wantsColour(out, env)),
  };
}

/**
 * Before data is rendered: in a text that was wrapped or shortened, the redactor would no longer know a secret, and in JSON it could
 * take a number for one, and leave no JSON.
 */
function cleaned<T>(value: T, redact: (text: string) => string): T {
  if (typeof value === 'string') return redact(value) as T;
  if (typeof value === 'number') return (redact(String(value)) === String(value) ? value : '***') as T;
  if (Array.isArray(value)) return value.map((one) => cleaned(one, redact)) as T;
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [redact(key), cleaned(one, redact)])) as T;
}
