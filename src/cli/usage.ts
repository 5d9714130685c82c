import type { Command } from '@oclif/core/command';
import { CLIError } from '@oclif/core/errors';
import { didYouMean } from '../engine/nearest.ts';
import { UsageError } from '../engine/usage-error.ts';
import { spaced } from './commands.ts';
import { laterFlags } from './later.ts';

export { UsageError };

/** oclif's complaint about flags and arguments, in one sentence; any other error as it is. */
export function usageErrorOf(error: unknown, command: typeof Command): unknown {
  if (error instanceof UsageError) return new UsageError(sentence(error.message));
  if (!(error instanceof CLIError)) return error;
  if (hasList(error, 'flags')) return new UsageError(unknownFlag(error.flags[0] ?? '', command));
  const name = spaced(command.id);
  if (error.constructor.name === 'UnexpectedArgsError' && hasList(error, 'args')) {
    return new UsageError(`unexpected argument "${error.args[0]}"; see kpi ${name} --help`);
  }
  return new UsageError(sentence(error.message));
}

function hasList<Key extends string>(error: Error, key: Key): error is Error & Record<Key, readonly string[]> {
  return Array.isArray((error as unknown as Record<string, unknown>)[key]);
}

/** Without what oclif puts around a message. */
function sentence(message: string): string {
  const bare = message.replace(/^Parsing --\S+ \n\t/, '').replace(/\nSee more help with --help$/, '');
  return bare.replace(/^Flag (?=--)/, '').replace(/expects a value$/, 'needs a value');
}

function unknownFlag(given: string, command: typeof Command): string {
  const flag = given.replace(/=.*$/s, '');
  const name = spaced(command.id);
  if (laterFlags[command.id]?.includes(flag)) return `the flag ${flag} is not in this version`;
  const known = Object.keys({ ...command.baseFlags, ...command.flags, help: true }).map((one) => `--${one}`);
  return `unknown flag ${flag}${didYouMean(flag, known) || `; see kpi ${name} --help`}`;
}
