import { boolean, string } from '@oclif/core/flags';
import { KpiCommand } from '../cli/command.ts';
import { given, names } from '../cli/flags.ts';
import { makeFiles } from '../cli/init.ts';
import { initText, outcomeOf } from '../cli/init-text.ts';

export default class InitCommand extends KpiCommand {
  static override summary = 'Make a config, by a few questions.';
  static override description =
    'Asks what to collect, where to and how often, and writes kpi.config.json, .env.example and a workflow for GitHub Actions. It asks before it replaces a file, and writes no secret. What the flags answer is not asked; with --yes nothing is.';
  static override examples = [
    { description: 'By questions', command: 'kpi init' },
    {
      description: 'In a script',
      command: 'kpi init --yes --providers github,nuget --set github.orgs=petabridge --set nuget.owners=petabridge',
    },
    { description: 'With a setting that is not asked for', command: 'kpi init --set github.baseUrl=https://github.example.com/api/v3' },
  ];
  static override flags = {
    providers: names('--providers', 'A,B', 'What to collect; see kpi providers.'),
    sinks: names('--sinks', 'A,B', 'Where to; see kpi sinks. With --yes the default is sqlite.'),
    every: string({
      summary: 'How often: 15m, 4h, 1d, 1w. With --yes the default is 4h.',
      helpValue: 'PERIOD',
      parse: given('--every'),
    }),
    set: string({
      summary: 'A setting of a provider or sink; lists with commas. May be repeated.',
      helpValue: 'NAME.SETTING=VALUE',
      multiple: true,
      multipleNonGreedy: true,
      parse: given('--set'),
    }),
    workflow: boolean({ summary: 'Write the workflow for GitHub Actions. With --yes that is the default.', allowNo: true }),
    force: boolean({ summary: 'Replace files without asking.' }),
    yes: boolean({ summary: 'Ask nothing.' }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(InitCommand);
    const init = await (await this.app()).init();
    const prompts = flags.yes ? undefined : await this.host.prompts();
    const done = await makeFiles(init, flags, prompts);
    if (done === undefined) return 130;
    const outcome = this.host.clean(outcomeOf(done, this.host.env.npm_command === undefined ? 'kpi' : 'npx kpi'));
    if (flags.json) this.printJson(outcome);
    else this.print(initText(outcome, this.host.out));
    return 0;
  }
}
