import { string } from '@oclif/core/args';
import { KpiCommand } from '../cli/command.ts';
import { configFlags, configOf, positive } from '../cli/flags.ts';
import { runsText } from '../cli/runs.ts';
import { reportTable } from '../report/table.ts';

export default class Runs extends KpiCommand {
  static override summary = 'List earlier runs, or show the report of one.';
  static override examples = [
    { description: 'The last five', command: 'kpi runs --last 5' },
    { description: 'The report of one of them, as it was', command: 'kpi runs 20261121T200000Z-1f0c' },
  ];
  static override usage = '[ID] [FLAGS]';
  static override args = { id: string({ description: 'The run whose report to show.' }) };
  static override flags = {
    ...configFlags,
    last: positive('--last', 'N', 'How many runs to list.', 20),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Runs);
    const app = await this.app();
    if (args.id !== undefined) {
      const report = this.host.clean(await app.run({ ...configOf(flags), id: args.id }));
      if (flags.json) this.printJson(report);
      else this.print(reportTable(report, this.host.out));
      return 0;
    }
    const runs = this.host.clean(await app.runs({ ...configOf(flags), last: flags.last }));
    if (flags.json) this.printJson(runs);
    else this.print(runsText(runs, this.host.out));
    return 0;
  }
}
