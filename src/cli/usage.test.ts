import type { Command } from '@oclif/core/command';
import { CLIError } from '@oclif/core/errors';
import { expect, it } from 'vitest';
import Collect from '../commands/collect.ts';
import { UsageError, usageErrorOf } from './usage.ts';

const command = Object.assign(class extends Collect {}, { id: 'collect' }) as unknown as typeof Command;

// What oclif's parser throws, as this version words it; the command lines behind them are in main.test.ts.
it.each([
  [new CLIError('Flag --at expects a value'), '--at needs a value'],
  [new CLIError('Parsing --last \n\tto be a number\nSee more help with --help'), 'to be a number'],
  [new UsageError('Parsing --at \n\tit is wrong\nSee more help with --help'), 'it is wrong'],
  [Object.assign(new CLIError('Nonexistent flag'), { flags: ['--tiemout=1', '--x'] }), 'unknown flag --tiemout; did you mean "--timeout"?'],
])('%s', (error, message) => {
  expect(usageErrorOf(error, command)).toEqual(expect.objectContaining({ name: 'UsageError', message }));
});

it('leaves other errors alone', () => {
  const error = new TypeError('x');
  expect(usageErrorOf(error, command)).toBe(error);
});
