import { defineSink, durationMs, type Finding, type OpenSink, type SinkContext } from '../../sdk/index.ts';
import { failureOf, refusalsIn, startFailure } from './answer.ts';
import { createLines } from './lines.ts';
import { runProgram } from './process.ts';
import { findProgram } from './program.ts';
import { Settings } from './settings.ts';

export const exec = defineSink<Settings>({
  name: 'exec',
  help: 'A program of yours: it reads points as NDJSON, and its exit code says what became of them.',
  settings: Settings,
  example: {
    command: ['./store-points', '--quiet'],
    env: { STORE_URL: 'https://store.example/points' },
    secrets: { STORE_TOKEN: '${STORE_TOKEN}' },
    timeout: '20s',
    batch: 1000,
    kinds: ['gauge', 'counter', 'ratio', 'flag', 'moment', 'text', 'name', 'summary', 'histogram'],
    rerun: 'appends',
  },
  setup: {
    questions: [{ setting: 'command[]', ask: 'The program that stores points, and its arguments', example: './store-points' }],
    secrets: [],
  },
  // What its store needs, only the program knows.
  autoInit: true,
  accepts: ({ kinds, rerun, batch }) => ({ timestamps: 'any', rerun, kinds, batch: { entries: batch } }),
  promises: {
    stored: 'once the program has ended with exit code 0',
    key: 'what the program makes of it',
    not: [
      'anything that the program does not do: kpi sees its exit code, and which lines it refused',
      'that the program sees a point once: a batch that was not acknowledged comes again',
    ],
  },
  open,
  check,
});

async function open(settings: Settings, context: SinkContext): Promise<OpenSink> {
  const program = findProgram(settings, context);
  const linesOf = createLines(settings.kinds, context.measurement);
  const timeoutMs = durationMs(settings.timeout) as number;
  const closing = new AbortController();
  return {
    async write(batch) {
      if (closing.signal.aborted) throw new TypeError(`${program.name} is closed`);
      if (batch.length === 0) return [];
      const env = { ...program.env, KPI_LINES: String(batch.length) };
      const limits = { timeoutMs, signals: [context.signal, closing.signal] };
      const ended = await runProgram({ ...program, env }, linesOf(batch), limits).catch((error) => {
        throw startFailure(error, program.name) ?? error;
      });
      const failure = failureOf(ended, program.name, settings.timeout);
      if (failure) throw failure;
      return refusalsIn(ended.answer, batch.length, program.name);
    },
    async close() {
      closing.abort();
    },
  };
}

/** The program is not run: what it does, nobody could take back. Throws what a run would be told. */
async function* check(settings: Settings, context: SinkContext): AsyncGenerator<Finding> {
  const { name, path } = findProgram(settings, context);
  const where = name === path ? '' : ` (${path})`;
  yield { check: 'access', status: 'ok', message: `the program ${name}${where} is there and may be run; it was not run` };
}
