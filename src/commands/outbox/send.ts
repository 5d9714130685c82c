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
    const { sink, run, rejected, json } = flags;
    const { stdoutTaken, ...sent } = this.host.clean(await app.outboxSend({ ...configOf(flags), sink, run, rejected, json }));
    const stream = stdoutTaken ? this.host.err : this.host.out;
    if (json) this.printJson(sent);
    else stream.write(sentText(sent.sinks, stream));
    return sent.exitCode;
  }
}
