import { string } from '@oclif/core/args';
import { KpiCommand } from '../cli/command.ts';
import { integrationList, integrationText } from '../cli/integration.ts';

export default class Sinks extends KpiCommand {
  static override summary = 'Show where points can go: settings, and what each store takes.';
  static override examples = [
    { description: 'All sinks', command: 'kpi sinks' },
    { description: 'One of them in full', command: 'kpi sinks influxdb' },
  ];
  static override usage = '[NAME] [FLAGS]';
  static override args = { name: string({ description: 'The sink to show in full.' }) };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Sinks);
    const app = await this.app();
    const infos = this.host.clean(await app.sinks(args.name));
    if (flags.json) this.printJson(infos);
    else if (args.name === undefined) this.print(integrationList('SINK', infos, this.host.out));
    else this.print(infos.map((info) => integrationText('sinks', info, this.host.out)).join('\n'));
    return 0;
  }
}
