import { KpiCommand } from '../../cli/command.ts';
import { configFlags, configOf, names } from '../../cli/flags.ts';
import { isReady, statusText, storesExitCode } from '../../cli/stores.ts';

export default class DbStatus extends KpiCommand {
  static override summary = 'Show what the stores hold, and what they lack.';
  static override description =
    'Asks each store of the config for its measurements, without changing anything. Exit code 3: something is missing or differs from what kpi would write; 1: that is so of every store.';
  static override examples = [
    { description: 'Every sink of the config', command: 'kpi db status' },
    { description: 'One of them, for a script', command: 'kpi db status --sinks local --json' },
  ];
  static override flags = {
    ...configFlags,
    sinks: names('--sinks', 'A,B', 'Only these sinks, by their names in the config.'),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(DbStatus);
    const app = await this.app();
    const stores = this.host.clean(await app.dbStatus({ ...configOf(flags), sinks: flags.sinks }));
    if (flags.json) this.printJson(stores);
    else this.print(statusText(stores, this.host.out));
    return storesExitCode(stores.map(isReady));
  }
}
