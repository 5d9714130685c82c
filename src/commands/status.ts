import { KpiCommand } from '../cli/command.ts';
import { configFlags, configOf, names } from '../cli/flags.ts';
import { statusOverview } from '../cli/status.ts';

export default class Status extends KpiCommand {
  static override summary = 'Tell how old the data of each provider is, and whether runs still begin.';
  static override description =
    'Made for a second schedule, beside that of the runs: it notices that they have stopped. Reads what kpi remembers, asks no upstream, takes no lease and writes nothing. A provider whose last data is older than its freshness.warn in the config (two periods, where it has an every) is a warning, older than freshness.error (three) an error. Exit code 0: all is fresh; 3: a warning; 1: an error. What is not required does not count.';
  static override examples = [
    { description: 'How things stand', command: 'kpi status' },
    { description: 'One provider, for a script', command: 'kpi status --providers github --json' },
  ];
  static override flags = { ...configFlags, providers: names('--providers', 'A,B', 'Only these providers, by their names in the config.') };

  async run(): Promise<number> {
    const { flags } = await this.parse(Status);
    const app = await this.app();
    const status = this.host.clean(await app.status({ ...configOf(flags), providers: flags.providers }));
    if (flags.json) this.printJson(status);
    else this.print(statusOverview(status, this.host.out));
    return status.exitCode;
  }
}
