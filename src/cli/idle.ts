import type { RunReport } from '../app.ts';
import { plain } from '../report/text.ts';

const retryFailed = '--retry-failed';

/** `--retry-failed` alone is the last run in which anything failed: a flag whose value may be absent, which oclif does not have. */
export function withLastRun(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.flatMap((word, index) => {
    const isFlag = word === retryFailed && (end === -1 || index < end);
    return isFlag && (argv[index + 1] ?? '-').startsWith('-') ? [word, 'last'] : [word];
  });
}

/** What is said where there was nothing to do; undefined of a report that has more to say. */
export function idleText({ status, exitCode, providers, sinks, problems }: RunReport): string | undefined {
  if (status !== 'skipped' || exitCode !== 0 || providers.length > 0 || sinks.length > 0) return undefined;
  return problems.map((problem) => `${plain(problem.message)}\n`).join('');
}
