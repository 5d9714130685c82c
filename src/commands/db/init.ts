import { KpiCommand } from '../../cli/command.ts';
import { configFlags, configOf, names } from '../../cli/flags.ts';
import { changesText, storesExitCode } from '../../cli/stores.ts';

export default class DbInit extends KpiCommand {
  static override summary = 'Make the stores ready.';
  static override description =
    'Makes in each store of the config what is missing: databases, buckets, tables, columns. It may be run again at any time, and changes nothing that is there. Exit code 3: some of the stores could not be made ready; 1: none of them.';
  static override examples = [
    { description: 'Every sink of the config', command: 'kpi db init' },
    { description: 'One of them', command: 'kpi db init --sinks influxdb' },
  ];
  static override flags = {
    ...configFlags,
    sinks: names('--sinks', 'A,B', 'Only these sinks, by their names in the config.'),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(DbInit);
    const app = await this.app();
    const stores = this.host.clean(await app.dbInit({ ...configOf(flags), sinks: flags.sinks }));
    if (flags.json) this.printJson(stores);
    else this.print(changesText(stores, this.host.out));
    return storesExitCode(stores.map((store) => store.error === undefined));
  }
}
