import { describe, expect, it } from 'vitest';
import { createTestClock } from '../testing/clock.ts';
import { createLog, type LogFormat, type LogLevel } from './log.ts';
import { createRedactor } from './redact.ts';

function logging(format: LogFormat = 'text', level: LogLevel = 'debug') {
  const lines: string[] = [];
  const redactor = createRedactor();
  redactor.add('s3cret-"token"');
  return { lines, log: createLog({ write: (line) => lines.push(line), level, format, redactor, clock: createTestClock() }) };
}

describe('createLog', () => {
  it('writes text: time, level, instance, message, facts', () => {
    const { lines, log } = logging();
    log.child('github').warn('asked again', { kind: 'server', waitMs: 1000, where: 'a b', missing: undefined, list: [1, 'x'] });
    log.info('started');
    expect(lines).toEqual([
      '2026-11-21T20:00:00.000Z warn github: asked again kind=server waitMs=1000 where="a b" list=[1,"x"]',
      '2026-11-21T20:00:00.000Z info started',
    ]);
  });

  it('writes JSON', () => {
    const { lines, log } = logging('json');
    log.child('nuget').debug('done', { points: 3 });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { time: '2026-11-21T20:00:00.000Z', level: 'debug', instance: 'nuget', message: 'done', facts: { points: 3 } },
    ]);
  });

  it.each([
    ['debug', 3],
    ['info', 2],
    ['warn', 1],
    ['silent', 0],
  ] as const)('at level %s writes %d of three', (level, count) => {
    const { lines, log } = logging('text', level);
    log.debug('1');
    log.info('2');
    log.child('x').warn('3');
    expect(lines).toHaveLength(count);
  });

  it.each(['text', 'json'] as const)('hides secrets in message and facts: %s', (format) => {
    const { lines, log } = logging(format);
    log.info('token s3cret-"token"', { header: 'Bearer s3cret-"token"', error: new Error('no s3cret-"token"') });
    expect(lines.join()).not.toContain('s3cret');
    expect(lines[0]).toContain('***');
    if (format === 'json') expect(() => JSON.parse(lines[0] ?? '')).not.toThrow();
  });

  it.each(['text', 'json'] as const)('keeps what comes from outside on one line, without terminal codes: %s', (format) => {
    const { lines, log } = logging(format);
    log.info('a\nb\u001b[31m\u202e', { body: 'x\r\ny\u009b\u202e', word: 'a\u202eb', 'odd=key': 1 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it.each(['text', 'json'] as const)(
    'hides a secret with line ends, tabs or control characters, before it is put on one line: %s',
    (format) => {
      const lines: string[] = [];
      const redactor = createRedactor();
      for (const secret of ['pass\tword-1234', 'first-part\nsecond-part', 'c1\u0085control-part']) redactor.add(secret);
      const log = createLog({ write: (line) => lines.push(line), level: 'debug', format, redactor, clock: createTestClock() });
      const leaky = 'pass\tword-1234 first-part\nsecond-part c1\u0085control-part';
      log.warn(`the store says: ${leaky}`, { why: leaky, error: new Error(leaky) });
      expect(lines.join()).not.toMatch(/word|part/);
      expect(lines).toHaveLength(1);
    },
  );

  it('stays JSON where a secret is a number', () => {
    const lines: string[] = [];
    const redactor = createRedactor();
    redactor.add('123456789');
    createLog({ write: (line) => lines.push(line), level: 'debug', format: 'json', redactor, clock: createTestClock() }).info('x', {
      id: 123456789,
    });
    expect(JSON.parse(lines[0] ?? '').facts).toEqual({ id: '***' });
  });

  it('writes what JSON cannot hold', () => {
    const { lines, log } = logging('json');
    const circle: Record<string, unknown> = { n: 1n, error: new Error('boom') };
    circle.self = circle;
    const shared = { x: 1 };
    log.info('odd', { circle, a: shared, b: shared });
    expect(JSON.parse(lines[0] ?? '').facts).toEqual({ circle: { n: '1', error: 'boom', self: '[circle]' }, a: { x: 1 }, b: { x: 1 } });
  });
});
