import { ConfigError } from '../sdk/errors.ts';
import type { Config } from './config/config.ts';

/** Standard output is for one thing: the data of one sink, or the report as JSON. Throws ConfigError where two want it. */
export function checkStdout(config: Pick<Config, 'sinks'>, json: boolean): void {
  const sinks = config.sinks.filter((one) => one.selected && one.sink.accepts(one.settings).stdout === true);
  const [first, second] = sinks;
  if (first && json) {
    const message = 'writes to standard output, which --json needs for the report: leave one of them out';
    throw new ConfigError(`sinks.${first.name} ${message}`, [{ path: `sinks.${first.name}.path`, message }]);
  }
  if (first && second) {
    const message = `and sinks.${second.name} both write to standard output: give one of them a file`;
    throw new ConfigError(`sinks.${first.name} ${message}`, [{ path: `sinks.${second.name}.path`, message }]);
  }
}
