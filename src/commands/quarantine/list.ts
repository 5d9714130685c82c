import { KpiCommand } from '../../cli/command.ts';
import { configOf } from '../../cli/flags.ts';
import { heldFilter, heldFlags, heldText } from '../../cli/quarantine.ts';

export default class QuarantineList extends KpiCommand {
  static override summary = 'List the values that are held back, since they contradict the last ones.';
  static override examples = [
    { description: 'All of them', command: 'kpi quarantine list' },
    { description: 'Of one provider, for a script', command: 'kpi quarantine list --provider nuget --json' },
  ];
  static override flags = heldFlags;

  async run(): Promise<number> {
    const { flags } = await this.parse(QuarantineList);
    const app = await this.app();
    const values = this.host.clean(await app.heldList({ ...configOf(flags), ...heldFilter(flags, undefined) }));
    if (flags.json) this.printJson(values);
    else this.print(heldText(values, this.host.out));
    return 0;
  }
}
