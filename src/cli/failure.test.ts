import { describe, expect, it } from 'vitest';
import { UsageError } from '../engine/usage-error.ts';
import { createPaint, noPaint } from '../report/paint.ts';
import { ConfigError, PermanentError, TransientError } from '../sdk/errors.ts';
import { failureOf, failureText } from './failure.ts';

const look = { verbose: false, version: 'kpi/1.0.0', paint: noPaint, columns: undefined };

describe('failureOf', () => {
  it.each([
    [new UsageError('x'), 64, 'usage', 'x'],
    [new ConfigError('x'), 78, 'config', 'x'],
    [new TypeError('x'), 70, 'defect', 'TypeError: x'],
    [new TransientError('x'), 75, 'unavailable', 'x'],
    [new PermanentError('x'), 70, 'defect', 'PermanentError: x'],
    ['x', 70, 'defect', 'x'],
    [undefined, 70, 'defect', 'undefined'],
  ])('%s', (error, exitCode, kind, message) => {
    expect(failureOf(error).report).toEqual({ schemaVersion: 1, exitCode, error: { kind, message, problems: [] } });
  });

  it('knows an error of another copy of the SDK', () => {
    const problems = [{ path: 'a', message: 'b' }];
    const error = Object.assign(new Error('x'), { name: 'ConfigError', problems });
    expect(failureOf(error).report).toMatchObject({ exitCode: 78, error: { problems } });
  });
});

describe('failureText', () => {
  it('lets nothing of a message reach the terminal as a command', () => {
    const failed = failureOf(new ConfigError('a\u001b[2J', [{ path: 'p\nq', message: 'm\u202e' }]));
    expect(failureText(failed, look)).toBe('kpi: a\\x1b[2J\n  p\\nq: m\\u{202e}\n');
  });

  it('does not say twice what the message says', () => {
    const problems = [{ path: 'sinks.out.path', message: 'is taken' }];
    expect(failureText(failureOf(new ConfigError('sinks.out.path is taken', problems)), look)).toBe('kpi: sinks.out.path is taken\n');
  });

  it('fits a terminal, and is a line each elsewhere', () => {
    const long = 'a sentence that is long '.repeat(8).trim();
    const failed = [new ConfigError(long, [{ path: 'sinks.out', message: `${long}!` }]), new UsageError(long), new TypeError(long)].map(
      failureOf,
    );
    for (const one of failed) {
      const text = failureText(one, { ...look, columns: 80 });
      expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
      expect(text.replaceAll(/\s+/g, ' ')).toBe(failureText(one, look).replaceAll(/\s+/g, ' '));
    }
    expect(failed.map((one) => failureText(one, look).split('\n').length - 1)).toEqual([2, 1, 2]);
  });

  it('colours only what kpi says', () => {
    expect(failureText(failureOf(new UsageError('x')), { ...look, paint: createPaint(true) })).toBe('\u001b[31mkpi:\u001b[39m x\n');
  });

  it('tells of a defect what to do, and with verbose all there is', () => {
    const failed = failureOf(new TypeError('x'));
    expect(failureText(failed, look)).toMatch(/^kpi: this is a defect in kpi itself: TypeError: x\n.* --verbose .*\(kpi\/1\.0\.0\)\.\n$/);
    expect(failureText(failed, { ...look, verbose: true })).toContain('\n    at ');
  });
});
