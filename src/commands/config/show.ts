import { KpiCommand } from '../../cli/command.ts';
import { configFlags, configOf } from '../../cli/flags.ts';

export default class ConfigShow extends KpiCommand {
  static override summary = 'Print the config as kpi understands it.';
  static override description = 'Prints JSON. Variables and defaults are filled in; secrets are shown as ***.';
  static override examples = [
    { description: 'The config of the working directory', command: 'kpi config show' },
    { description: 'With other variables', command: 'kpi config show --env-file production.env' },
  ];
  static override flags = configFlags;

  async run(): Promise<number> {
    const { flags } = await this.parse(ConfigShow);
    const app = await this.app();
    this.printJson(await app.configShow(configOf(flags)));
    return 0;
  }
}
