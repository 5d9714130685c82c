import { boolean } from '@oclif/core/flags';
import { KpiCommand } from '../../cli/command.ts';
import { configFlags } from '../../cli/flags.ts';
import { terminalColumns } from '../../cli/host.ts';
import { installedText } from '../../cli/installed.ts';
import { UsageError } from '../../cli/usage.ts';

export default class ConfigSchema extends KpiCommand {
  static override summary = 'Print the JSON Schema of the config, for editors.';
  static override description =
    'With --install the config that is found gets the line by which editors know its keys: "$schema" in JSON, a comment in YAML. The rest of the file stays as it is. Where kpi is not in node_modules, the schema is written beside the config.';
  static override examples = [
    { description: 'Let editors complete and check the config', command: 'kpi config schema --install' },
    { description: 'Keep it where you like', command: 'kpi config schema > kpi.config.schema.json' },
  ];
  static override flags = {
    install: boolean({ summary: 'Name the schema in the config instead of printing it.' }),
    config: configFlags.config,
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(ConfigSchema);
    if (!flags.install && flags.config !== undefined)
      throw new UsageError('--config stands beside --install alone: the schema is the same for all');
    const app = await this.app();
    if (!flags.install) this.printJson(await app.configSchema());
    else {
      const installed = this.host.clean(await app.configSchemaInstall({ config: flags.config }));
      if (flags.json) this.printJson(installed);
      else this.print(installedText(installed, terminalColumns(this.host.out)));
    }
    return 0;
  }
}
