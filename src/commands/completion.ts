import { string as argument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { KpiCommand } from '../cli/command.ts';
import { completions, type Shell, shells } from '../cli/completion.ts';
import { bashScript } from '../cli/completion-bash.ts';
import { fishScript } from '../cli/completion-fish.ts';
import { zshScript } from '../cli/completion-zsh.ts';
import { choice } from '../cli/flags.ts';
import { UsageError } from '../cli/usage.ts';

const nameKinds = ['providers', 'sinks', 'provider-types', 'sink-types'] as const;
const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };

export default class Completion extends KpiCommand {
  static override summary = 'Print what makes a shell complete kpi: commands, flags, names.';
  static override description =
    'The script asks kpi for the names of providers and sinks in the config; no secret is looked for. A config that is a program is not run, and so its names are not completed.';
  static override examples = [
    { description: 'bash, in ~/.bashrc', command: 'eval "$(kpi completion bash)"' },
    { description: 'zsh, in ~/.zshrc, behind compinit', command: 'eval "$(kpi completion zsh)"' },
    { description: 'fish, in ~/.config/fish/config.fish', command: 'kpi completion fish | source' },
  ];
  static override usage = 'bash|zsh|fish';
  static override args = { shell: argument({ description: 'The shell: bash, zsh or fish.' }) };
  static override flags = {
    // What the scripts ask.
    names: choice('--names', nameKinds, 'Print these names, one a line.', true),
    config: string({ summary: 'The config that has them.', helpValue: 'FILE', hidden: true }),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Completion);
    if (flags.names !== undefined) {
      const app = await this.app();
      const found = await app.completionNames(flags.names, { config: flags.config });
      this.print(found.map((name) => `${name}\n`).join(''));
      return 0;
    }
    const shell = shells.find((one) => one === args.shell);
    if (shell === undefined) throw new UsageError(`kpi completion takes the name of a shell: ${shells.join(', ')}`);
    this.print(this.script(shell));
    return 0;
  }

  private script(shell: Shell): string {
    return scripts[shell](completions(this.config.commands, this.config.topics));
  }
}
