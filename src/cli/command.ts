import { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';
import { boolean } from '@oclif/core/flags';
import type { Input, ParserOutput } from '@oclif/core/interfaces';
import type { App } from '../app.ts';
import { json } from '../report/json.ts';
import type { Host } from './host.ts';
import { usageErrorOf } from './usage.ts';

/** What all commands share: two flags, the app, and the way out. A command is flags, one call of the app, one print. */
export abstract class KpiCommand extends Command {
  static override baseFlags = {
    json: boolean({ summary: 'Print data as JSON, errors too.', helpGroup: 'GLOBAL' }),
    verbose: boolean({ summary: 'Tell more on standard error.', helpGroup: 'GLOBAL' }),
  };

  static override usage = '[FLAGS]';

  protected readonly host: Host;

  constructor(argv: string[], config: Config, host: Host) {
    super(argv, config);
    this.host = host;
  }

  /** Resolves to the exit code; undefined is 0. */
  abstract override run(): Promise<number | undefined>;

  protected app(): Promise<App> {
    return this.host.app();
  }

  /** Data, for standard output. */
  protected print(text: string): void {
    this.host.out.write(text);
  }

  protected printJson(value: unknown): void {
    this.host.out.write(json(this.host.clean(value)));
  }

  // biome-ignore lint/suspicious/noExplicitAny: the signature is oclif's own.
  protected override async parse<F extends Record<string, any>, B extends Record<string, any>, A extends Record<string, any>>(
    options?: Input<F, B, A>,
    argv?: string[],
  ): Promise<ParserOutput<F, B, A>> {
    try {
      return await super.parse<F, B, A>(options, argv);
    } catch (error) {
      throw usageErrorOf(error, this.ctor);
    }
  }
}

export interface KpiCommandClass {
  new (argv: string[], config: Config, host: Host): KpiCommand;
}
