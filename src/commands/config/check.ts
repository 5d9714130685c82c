import { KpiCommand } from '../../cli/command.ts';
import { configFlags, configOf } from '../../cli/flags.ts';
import { terminalColumns } from '../../cli/host.ts';
import { problemLines } from '../../report/lines.ts';
import { plain, plural } from '../../report/text.ts';

export default class ConfigCheck extends KpiCommand {
  static override summary = 'Check the config, all of it at once.';
  static override description = 'Lists every problem and every warning. Nothing is asked of an upstream, and nothing is written.';
  static override examples = [
    { description: 'The config of the working directory', command: 'kpi config check' },
    { description: 'Another, with its variables from a file', command: 'kpi config check --config ops/kpi.yaml --env-file .env' },
  ];
  static override flags = configFlags;

  async run(): Promise<number> {
    const { flags } = await this.parse(ConfigCheck);
    const app = await this.app();
    const { file, problems } = this.host.clean(await app.configCheck(configOf(flags)));
    if (flags.json) {
      this.printJson({ file, problems });
      return 0;
    }
    const { paint } = this.host.out;
    const verdict = problems.length === 0 ? paint('green', 'is valid') : `is valid, with ${plural(problems.length, 'warning')}`;
    this.print(`${plain(file ?? 'the config')} ${verdict}\n`);
    this.print(problemLines(problems, 'yellow', { paint, columns: terminalColumns(this.host.out) }));
    return 0;
  }
}
