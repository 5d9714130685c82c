import { KpiCommand } from '../../cli/command.ts';
import { configFlags, configOf } from '../../cli/flags.ts';
import { rejectedFlag, runFlag, sentText, sinkFlag } from '../../cli/outbox.ts';

export default class OutboxSend extends KpiCommand {
  static override summary = 'Deliver what is in the outbox, now and in order.';
  static override description =
    'Each run does this by itself; this command does it without collecting. Exit code 75: something is still undelivered.';
  static override examples = [
    { description: 'To every sink', command: 'kpi outbox send' },
    { description: 'What one sink rejected, once its cause is mended', command: 'kpi outbox send --sink influxdb --rejected' },
  ];
  static override flags = {
    ...configFlags,
    sink: sinkFlag,
    run: runFlag,
    rejected: rejectedFlag('Also try again what the sinks rejected.'),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(OutboxSend);
    const app = await this.app();
    const sent = this.host.clean(await app.outboxSend({ ...configOf(flags), sink: flags.sink, run: flags.run, rejected: flags.rejected }));
    if (flags.json) this.printJson(sent);
    else this.print(sentText(sent.sinks, this.host.out));
    return sent.exitCode;
  }
}
