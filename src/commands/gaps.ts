import { boolean, string } from '@oclif/core/flags';
import { KpiCommand } from '../cli/command.ts';
import { configFlags, configOf, given, names } from '../cli/flags.ts';
import { fixedText, gapsText } from '../cli/gaps.ts';
import { plainProgress, silence } from '../cli/progress.ts';

export default class Gaps extends KpiCommand {
  static override summary = 'Find the periods without a point, and say what can still be had of them.';
  static override description =
    'Asks the store for every series that has a day, a month or the period of a schedule for each point, and tells in which periods since its first it has none. A period that a run without a problem asked for is no gap: the upstream had nothing to tell. Each gap is recoverable, by a command; lost; or lost on a date unless that is done before, since the upstream forgets. Reads only, but for --fix, which does what the commands say. Exit code 0: no gap; 3: gaps; with --fix also what its runs exit with.';
  static override examples = [
    { description: 'All gaps', command: 'kpi gaps' },
    { description: 'Of one measurement, in the last ninety days', command: 'kpi gaps --measurement github_traffic --from -90d' },
    { description: 'Bring what can be brought', command: 'kpi gaps --fix' },
  ];
  static override flags = {
    ...configFlags,
    measurement: names('--measurement', 'A,B', 'Only these measurements; github_* names all that begin so.'),
    providers: names('--providers', 'A,B', 'Only what these providers collect, by their names in the config.'),
    from: string({
      summary: 'Nothing before this time: ISO 8601, or -90d, yesterday. UTC.',
      helpValue: 'TIME',
      parse: given('--from'),
    }),
    fix: boolean({ summary: 'Collect what can still be had, and look again.' }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Gaps);
    const app = await this.app();
    const options = { ...configOf(flags), providers: flags.providers, measurements: flags.measurement, from: flags.from };
    if (flags.fix) {
      const progress = flags.json ? silence : plainProgress(this.host.err.write);
      const fixed = this.host.clean(await app.gapsFix(options, progress.listen).finally(() => progress.end()));
      if (flags.json) this.printJson(fixed);
      else this.print(fixedText(fixed, this.host.out));
      return fixed.exitCode;
    }
    const report = this.host.clean(await app.gaps(options));
    if (flags.json) this.printJson(report);
    else this.print(gapsText(report, this.host.out));
    return report.exitCode;
  }
}
