import { KpiCommand } from '../../cli/command.ts';

export default class ConfigSchema extends KpiCommand {
  static override summary = 'Print the JSON Schema of the config, for editors.';
  static override examples = [
    { description: 'Keep it beside the config, and name it there as "$schema"', command: 'kpi config schema > kpi.config.schema.json' },
  ];

  async run(): Promise<number> {
    await this.parse(ConfigSchema);
    const app = await this.app();
    this.printJson(await app.configSchema());
    return 0;
  }
}
