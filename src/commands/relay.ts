import { boolean, string } from '@oclif/core/flags';
import { KpiCommand } from '../cli/command.ts';
import { choice, configFlags, configOf, given, names } from '../cli/flags.ts';
import { relayText } from '../cli/relay.ts';

export default class Relay extends KpiCommand {
  static override summary = 'Take points from a queue and write them to other sinks.';
  static override description =
    'Reads what kpi wrote to a sink such as Kafka, and writes it to others, until it gets SIGTERM or SIGINT. What every sink has taken is committed, and nothing else; while a sink is down, it waits. Exit code 3: some messages were put aside; 75: it gave up with something left (--until-empty); 1: it could not begin.';
  static override examples = [
    { description: 'From Kafka to every other sink of the config', command: 'kpi relay --from kafka' },
    { description: 'All that lies there now, from cron', command: 'kpi relay --from kafka --sinks local --until-empty' },
    { description: 'As a service that is watched', command: 'kpi relay --from kafka --listen 127.0.0.1:8080' },
  ];
  static override flags = {
    ...configFlags,
    from: string({
      summary: 'The sink that points are taken from, by its name in the config.',
      helpValue: 'NAME',
      required: true,
      parse: given('--from'),
    }),
    sinks: names('--sinks', 'A,B', 'Write to these sinks only, by their names in the config. Default: every other one.'),
    'until-empty': boolean({ summary: 'End when all that lies there is delivered.' }),
    listen: string({ summary: 'Serve /healthz at this address.', helpValue: 'HOST:PORT', parse: given('--listen') }),
    'log-format': choice('--log-format', ['text', 'json'], 'How lines of the log look. Default: text.'),
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Relay);
    const app = await this.app();
    const { from, sinks, listen, verbose } = flags;
    const options = { ...configOf(flags), from, sinks, listen, verbose, untilEmpty: flags['until-empty'], logFormat: flags['log-format'] };
    const report = this.host.clean(await app.relay(options));
    if (flags.json) this.printJson(report);
    else this.print(relayText(report));
    return report.exitCode;
  }
}
