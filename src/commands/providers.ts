import { string } from '@oclif/core/args';
import { KpiCommand } from '../cli/command.ts';
import { integrationList, integrationText } from '../cli/integration.ts';

export default class Providers extends KpiCommand {
  static override summary = 'Show what can be collected: settings, measurements, limits.';
  static override examples = [
    { description: 'All providers', command: 'kpi providers' },
    { description: 'One of them in full', command: 'kpi providers github' },
  ];
  static override usage = '[NAME] [FLAGS]';
  static override args = { name: string({ description: 'The provider to show in full.' }) };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Providers);
    const app = await this.app();
    const infos = this.host.clean(await app.providers(args.name));
    if (flags.json) this.printJson(infos);
    else if (args.name === undefined) this.print(integrationList('PROVIDER', infos, this.host.out));
    else this.print(infos.map((info) => integrationText('providers', info, this.host.out)).join('\n'));
    return 0;
  }
}
