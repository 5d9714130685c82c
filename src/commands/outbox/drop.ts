import { boolean } from '@oclif/core/flags';
import { KpiCommand } from '../../cli/command.ts';
import { configFlags, configOf } from '../../cli/flags.ts';
import { checkSink, droppedText, rejectedFlag, runFlag, sinkFlag, toDrop } from '../../cli/outbox.ts';
import { UsageError } from '../../cli/usage.ts';

export default class OutboxDrop extends KpiCommand {
  static override summary = 'Give up what is in the outbox, for good.';
  static override description = 'Asks first; where nobody can be asked, it wants --yes.';
  static override examples = [
    { description: 'What one sink rejected', command: 'kpi outbox drop --sink influxdb --rejected' },
    { description: 'What one run left behind, without being asked', command: 'kpi outbox drop --run 20261121T200000Z-1f0c --yes' },
  ];
  static override flags = {
    ...configFlags,
    sink: sinkFlag,
    run: runFlag,
    rejected: rejectedFlag('What the sinks rejected, instead of what is pending.'),
    yes: boolean({ summary: 'Do not ask.' }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(OutboxDrop);
    const app = await this.app();
    await checkSink(app, configOf(flags), flags.sink);
    const filter = { ...configOf(flags), sink: flags.sink, run: flags.run, rejected: flags.rejected };
    const question = flags.yes ? undefined : toDrop(this.host.clean(await app.outboxList(filter)), filter);
    if (question !== undefined) {
      const answer = await this.host.ask(`${question} Type yes to go on: `);
      if (answer === undefined) throw new UsageError('kpi outbox drop asks before it drops, and nobody is there to answer; add --yes');
      if (answer.trim().toLowerCase() !== 'yes') {
        this.host.err.write('Nothing was dropped.\n');
        return 0;
      }
    }
    const dropped = this.host.clean(await app.outboxDrop(filter));
    if (flags.json) this.printJson(dropped);
    else this.print(droppedText(dropped));
    return dropped.some((one) => one.heldBy !== undefined) ? 75 : 0;
  }
}
