import { KpiCommand } from '../../cli/command.ts';
import { configOf } from '../../cli/flags.ts';
import { sentText } from '../../cli/outbox.ts';
import { decidedText, heldArgs, heldFilter, heldFlags, toDecide, yesFlag } from '../../cli/quarantine.ts';
import { UsageError } from '../../cli/usage.ts';

export default class QuarantineAccept extends KpiCommand {
  static override summary = 'Write values that are held back to the sinks, and go on from them.';
  static override description =
    'Later readings are compared with what is accepted. Asks first; where nobody can be asked, it wants --yes. Exit code 75: something is still undelivered, or a run is at work on a provider.';
  static override examples = [
    { description: 'One of them', command: 'kpi quarantine accept 1f0c7a44b2' },
    { description: 'All of one provider, without being asked', command: 'kpi quarantine accept --provider nuget --yes' },
  ];
  static override usage = '[ID…] [FLAGS]';
  static override args = heldArgs;
  static override flags = { ...heldFlags, yes: yesFlag };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(QuarantineAccept);
    const app = await this.app();
    const filter = { ...configOf(flags), ...heldFilter(flags, args.id) };
    const question = flags.yes ? undefined : toDecide(this.host.clean(await app.heldList(filter)), 'accept');
    if (question !== undefined) {
      const answer = await this.host.ask(`${question} Type yes to go on: `);
      if (answer === undefined)
        throw new UsageError('kpi quarantine accept asks before it writes, and nobody is there to answer; add --yes');
      if (answer.trim().toLowerCase() !== 'yes') {
        this.host.err.write('Nothing was accepted.\n');
        return 0;
      }
    }
    const { stdoutTaken, ...result } = this.host.clean(await app.heldAccept({ ...filter, json: flags.json }));
    const stream = stdoutTaken ? this.host.err : this.host.out;
    if (flags.json) this.printJson(result);
    else stream.write(decidedText(result.accepted, 'accepted') + (result.sinks ? `\n${sentText(result.sinks, stream)}` : ''));
    return result.exitCode;
  }
}
