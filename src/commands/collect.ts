import { boolean, string } from '@oclif/core/flags';
import type { CollectOptions, RunEvent } from '../app.ts';
import { backfillText } from '../cli/backfill.ts';
import { KpiCommand } from '../cli/command.ts';
import { choice, configFlags, configOf, given, names } from '../cli/flags.ts';
import { idleText, withLastRun } from '../cli/idle.ts';
import { type Progress, plainProgress, silence, terminalProgress } from '../cli/progress.ts';
import { UsageError } from '../cli/usage.ts';
import { createPointStream } from '../report/point-stream.ts';
import { reportTable } from '../report/table.ts';

interface Shown {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly 'log-format'?: string | undefined;
}

export default class Collect extends KpiCommand {
  static override summary = 'Collect from the providers and write to every sink, once.';
  static override description =
    'Asks each provider of the config, writes the points to every sink, and prints a report. The exit code says how it went: 0 all that was required was collected and delivered, 3 part of it, 4 a dry run found changes, 1 none of it, 75 points wait in an outbox, 64 and 78 wrong flags or config, 70 a defect.';
  static override examples = [
    { description: 'All that the config names', command: 'kpi collect' },
    { description: 'Two providers only, as JSON for a script', command: 'kpi collect --providers nuget,github --json' },
    { description: 'See the points without writing any', command: 'kpi collect --dry-run --json' },
    { description: 'See whether a run would change what the store has', command: 'kpi collect --dry-run --exit-on-change' },
    { description: 'Complete the run of a time that failed', command: 'kpi collect --at 2026-11-21T20:00:00Z' },
    { description: 'In cron every five minutes, for providers with periods of their own', command: 'kpi collect --due --quiet' },
    { description: 'Once more what failed in the last run', command: 'kpi collect --retry-failed' },
    { description: 'In cron: say nothing while all is well', command: 'kpi collect --quiet' },
    { description: 'What a backfill of the last 90 days would ask for', command: 'kpi collect --from -90d --plan' },
    { description: 'Half a year of one provider', command: 'kpi collect --from 2026-01-01 --to 2026-07-01 --providers github' },
  ];
  static override flags = {
    ...configFlags,
    providers: names('--providers', 'A,B', 'Only these providers, by their names in the config.'),
    measurements: names('--measurements', 'A,B', 'Only these measurements; github_* names all that begin so.'),
    sinks: names('--sinks', 'A,B', 'Only these sinks, by their names in the config.'),
    at: string({
      summary: 'The time that the run stands for, instead of now: ISO 8601, or -4h, -7d, yesterday. UTC.',
      helpValue: 'TIME',
      parse: given('--at'),
    }),
    from: string({
      summary: 'Backfill: collect what lies between this time and --to, instead of what is due. A date, or -90d, yesterday. UTC.',
      helpValue: 'TIME',
      parse: given('--from'),
    }),
    to: string({ summary: 'Where a backfill ends. Default: today, 00:00.', helpValue: 'TIME', parse: given('--to') }),
    chunk: string({
      summary: 'How much of a backfill is collected at a time: 1d, 7d, 1w, 1mo. Default: 1mo.',
      helpValue: 'PERIOD',
      parse: given('--chunk'),
    }),
    plan: boolean({ summary: 'Only say what a backfill would ask for.' }),
    restart: boolean({ summary: 'Collect also the chunks that an earlier backfill has finished.' }),
    due: boolean({ summary: 'Only the providers whose current period (`every`) has not been brought in full yet.' }),
    'retry-failed': string({
      summary: 'Only what failed in this run, at its time. Default: the last run in which anything failed.',
      helpValue: '[RUN]',
      parse: given('--retry-failed'),
    }),
    'dry-run': boolean({ summary: 'Collect for real, and write nothing.' }),
    'exit-on-change': boolean({ summary: 'With --dry-run: exit 4 where a run would add or change something in the store.' }),
    timeout: string({ summary: 'End the run after this time: 90s, 10m, 4h.', helpValue: 'DURATION', parse: given('--timeout') }),
    'fail-on': choice('--fail-on', ['any', 'required', 'never'], 'Whose failures make the exit code 3. Default: required.'),
    report: string({ summary: 'Also write the report to this file, as JSON.', helpValue: 'FILE', parse: given('--report') }),
    quiet: boolean({ summary: 'No progress, and no report of a run that ends with 0.' }),
    'log-format': choice('--log-format', ['text', 'json'], 'How lines of the log look. Default: text.'),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Collect, withLastRun(this.argv));
    if (flags.quiet && flags.verbose) throw new UsageError('--quiet and --verbose exclude each other');
    if (flags.plan) return await this.plan({ ...flags, ...configOf(flags), dryRun: flags['dry-run'] }, flags.json);
    const points = flags.json && flags['dry-run'] ? createPointStream((text) => this.print(text)) : undefined;
    if (points) this.host.printError = points.end;
    const verbose = flags.verbose || (this.host.actions.debug && !flags.quiet);
    let progress = await this.progress({ ...flags, verbose });
    let stdoutTaken = false;
    let details: string | undefined;

    const listen = (event: RunEvent) => {
      if (event.type === 'point') return points?.point(event.point);
      if (event.type === 'planned' && !flags.json && !flags.quiet) {
        this.host.err.write(`${backfillText(this.host.clean(event.plan), this.host.err)}\n`);
      }
      if (event.type === 'started') ({ stdoutTaken, details } = event);
      if (event.type === 'started' && stdoutTaken) {
        if (this.host.out.isTerminal && progress !== silence) progress = plainProgress(this.host.err.write);
      }
      progress.listen(event);
    };
    const app = await this.app();
    const options = {
      ...flags,
      ...configOf(flags),
      verbose,
      dryRun: flags['dry-run'],
      retryFailed: flags['retry-failed'],
      exitOnChange: flags['exit-on-change'],
      failOn: flags['fail-on'],
      logFormat: flags['log-format'],
    };
    const report = await app.collect(options, listen).finally(() => progress.end());
    const clean = this.host.clean(report);
    if (points) points.end(clean);
    else if (flags.json) this.printJson(clean);
    else if (!flags.quiet || report.exitCode !== 0) {
      const stream = stdoutTaken ? this.host.err : this.host.out;
      stream.write(idleText(clean) ?? reportTable(clean, { ...stream, ...(details !== undefined && { details }) }));
    }
    this.host.actions.finished(clean, flags.report);
    return report.exitCode;
  }

  private async plan(options: CollectOptions, asJson: boolean): Promise<number> {
    const app = await this.app();
    const plan = this.host.clean(await app.backfillPlan(options));
    if (asJson) this.printJson(plan);
    else this.print(backfillText(plan, this.host.out));
    return 0;
  }

  private async progress(shown: Shown): Promise<Progress> {
    const { host } = this;
    if (shown.json || shown.quiet || shown['log-format'] === 'json') return silence;
    if (!host.err.isTerminal || shown.verbose) return plainProgress(host.err.write);
    return terminalProgress(host.screen, { clear: host.out.isTerminal });
  }
}
