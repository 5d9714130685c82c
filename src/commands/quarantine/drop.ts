import { KpiCommand } from '../../cli/command.ts';
import { configOf } from '../../cli/flags.ts';
import { decidedText, heldArgs, heldFilter, heldFlags, toDecide, yesFlag } from '../../cli/quarantine.ts';
import { UsageError } from '../../cli/usage.ts';

export default class QuarantineDrop extends KpiCommand {
  static override summary = 'Give up values that are held back, for good.';
  static override description = 'Asks first; where nobody can be asked, it wants --yes. Exit code 75: a run is at work on a provider.';
  static override examples = [
    { description: 'One of them', command: 'kpi quarantine drop 1f0c7a44b2' },
    { description: 'All of one provider, without being asked', command: 'kpi quarantine drop --provider nuget --yes' },
  ];
  static override usage = '[ID…] [FLAGS]';
  static override args = heldArgs;
  static override flags = { ...heldFlags, yes: yesFlag };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(QuarantineDrop);
    const app = await this.app();
    const filter = { ...configOf(flags), ...heldFilter(flags, args.id) };
    const question = flags.yes ? undefined : toDecide(this.host.clean(await app.heldList(filter)), 'drop');
    if (question !== undefined) {
      const answer = await this.host.ask(`${question} Type yes to go on: `);
      if (answer === undefined) throw new UsageError('kpi quarantine drop asks before it drops, and nobody is there to answer; add --yes');
      if (answer.trim().toLowerCase() !== 'yes') {
        this.host.err.write('Nothing was dropped.\n');
        return 0;
      }
    }
    const dropped = this.host.clean(await app.heldDrop(filter));
    if (flags.json) this.printJson(dropped);
    else this.print(decidedText(dropped, 'dropped'));
    return dropped.some((one) => one.heldBy !== undefined) ? 75 : 0;
  }
}
