import { boolean } from '@oclif/core/flags';
import { KpiCommand } from '../cli/command.ts';
import { diagnosisText } from '../cli/doctor.ts';
import { configFlags, configOf, names } from '../cli/flags.ts';

export default class Doctor extends KpiCommand {
  static override summary = 'Check everything that a run needs, and say what mends it.';
  static override description =
    'Checks the config, its variables, each provider and sink, the clock, the state folder, the outbox, the leases and the CI. Takes no lease and delivers nothing; what it writes to a store to see whether it can, it removes. Exit code 1: a run would not start (the config is wrong, or the state cannot be used), or no required provider, or no required sink, can be used; 3: anything else is wrong, or there is a warning; 0: all is well, but for what is not required.';
  static override examples = [
    { description: 'Everything', command: 'kpi doctor' },
    { description: 'Without secrets and network, as in the check of a pull request', command: 'kpi doctor --offline' },
    { description: 'One provider, for a script', command: 'kpi doctor --providers github --sinks local --json' },
  ];
  static override flags = {
    ...configFlags,
    providers: names('--providers', 'A,B', 'Only these providers, by their names in the config.'),
    sinks: names('--sinks', 'A,B', 'Only these sinks, by their names in the config.'),
    offline: boolean({ summary: 'Ask nothing of a network, and need no secret.' }),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Doctor);
    const app = await this.app();
    const { providers, sinks, offline } = flags;
    const diagnosis = this.host.clean(await app.doctor({ ...configOf(flags), providers, sinks, offline: offline === true }));
    if (flags.json) this.printJson(diagnosis);
    else this.print(diagnosisText(diagnosis, this.host.out));
    return diagnosis.exitCode;
  }
}
