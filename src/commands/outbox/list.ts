import { KpiCommand } from '../../cli/command.ts';
import { configFlags, configOf } from '../../cli/flags.ts';
import { checkSink, outboxText, sinkFlag } from '../../cli/outbox.ts';

export default class OutboxList extends KpiCommand {
  static override summary = 'List what is undelivered, or was rejected, of each sink.';
  static override examples = [
    { description: 'All of it', command: 'kpi outbox list' },
    { description: 'One sink, for a script', command: 'kpi outbox list --sink influxdb --json' },
  ];
  static override flags = { ...configFlags, sink: sinkFlag };

  async run(): Promise<number> {
    const { flags } = await this.parse(OutboxList);
    const app = await this.app();
    await checkSink(app, configOf(flags), flags.sink);
    const summaries = this.host.clean(await app.outboxList({ ...configOf(flags), sink: flags.sink }));
    if (flags.json) this.printJson(summaries);
    else this.print(outboxText(summaries, this.host.out, flags.sink));
    return 0;
  }
}
