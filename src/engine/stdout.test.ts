import { expect, it } from 'vitest';
import { ConfigError } from '../sdk/errors.ts';
import type { SinkInstance } from './config/config.ts';
import { checkStdout } from './stdout.ts';

function sink(name: string, stdout: boolean, selected = true): SinkInstance {
  return { name, selected, sink: { accepts: () => ({ stdout }) } } as unknown as SinkInstance;
}

it('is free for one sink, or for the report', () => {
  expect(() => checkStdout({ sinks: [sink('a', true), sink('b', false)] }, false)).not.toThrow();
  expect(() => checkStdout({ sinks: [sink('a', true, false), sink('b', false)] }, true)).not.toThrow();
});

it('is not shared', () => {
  expect(() => checkStdout({ sinks: [sink('a', true)] }, true)).toThrow(ConfigError);
  expect(() => checkStdout({ sinks: [sink('a', true), sink('b', true)] }, false)).toThrow(
    'sinks.a and sinks.b both write to standard output',
  );
});
