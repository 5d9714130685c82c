import type { App } from '../app.ts';
import type { Out, Outside } from '../engine/outside.ts';
import { type ErrorReport, json } from '../report/json.ts';
import { createPaint, type Paint, wantsColour } from '../report/paint.ts';

/** What a command finds around it: the app, made when it is first asked for, and the two streams, whose every write is redacted. */
export interface Host {
  readonly env: Outside['env'];
  app(): Promise<App>;
  readonly out: Stream;
  readonly err: Stream;
  /** A line from standard input after `question`; undefined where no person is there to answer. */
  ask(question: string): Promise<string | undefined>;
  /** A copy of data, no secret in any of its strings. */
  clean<T>(value: T): T;
  readonly screen: Screen;
  /** How an error is printed with `--json`; a command that is in the middle of its JSON sets another way. */
  printError(report: ErrorReport): void;
}

export interface Stream {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly paint: Paint;
}

/** Standard error as a place to draw on. */
export interface Screen extends Stream {
  /** While something is drawn on the last lines, how others write above it; undefined when it is over. */
  above(through: ((write: () => void) => void) | undefined): void;
}

export interface HostOptions {
  createApp(outside: Outside): App | Promise<App>;
  ask(question: string): Promise<string | undefined>;
}

export function createHost(outside: Outside, options: HostOptions): Host {
  let app: App | undefined;
  let through: ((write: () => void) => void) | undefined;

  function redact(text: string): string {
    return app === undefined ? text : app.redact(text);
  }
  const stderr: Out = {
    isTerminal: outside.stderr.isTerminal,
    columns: outside.stderr.columns,
    write(text) {
      if (through) through(() => outside.stderr.write(text));
      else outside.stderr.write(text);
    },
  };

  const out = stream(outside.stdout, outside.env, redact);
  return {
    env: outside.env,
    async app() {
      app ??= await options.createApp({ ...outside, stderr });
      return app;
    },
    out,
    err: stream(stderr, outside.env, redact),
    ask: options.ask,
    clean: (value) => cleaned(value, redact),
    screen: {
      ...stream(outside.stderr, outside.env, redact),
      above(next) {
        through = next;
      },
    },
    printError: (report) => out.write(json(report)),
  };
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
