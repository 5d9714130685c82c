import type { Log } from '../sdk/context.ts';
import { messageOf } from '../sdk/errors.ts';
import type { Clock } from './clock.ts';
import type { Redactor } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'silent';
export type LogFormat = 'text' | 'json';

export interface LogOptions {
  /** Takes one line, without its end. */
  write(line: string): void;
  /** The least level that is written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly redactor: Redactor;
  readonly clock: Pick<Clock, 'now'>;
}

/** The log of the run; `child` is that of an instance. */
export interface RunLog extends Log {
  child(instance: string): RunLog;
}

const levels = ['debug', 'info', 'warn', 'silent'] as const;

/** A log of one line an entry, text or JSON, each through the redactor. */
export function createLog(options: LogOptions, instance?: string): RunLog {
  const least = levels.indexOf(options.level);

  function entry(level: Exclude<LogLevel, 'silent'>): Log['info'] {
    return (message, facts) => {
      if (levels.indexOf(level) < least) return;
      const time = options.clock.now().toISOString();
      // Secrets first: what is made fit for one line is no longer spelt as they are.
      const line = options.format === 'json' ? jsonLine(time, level, message, facts) : textLine(time, level, message, facts);
      options.write(options.redactor.text(line));
    };
  }

  function jsonLine(time: string, level: string, message: string, facts: Facts): string {
    return toJson({ time, level, ...(instance !== undefined && { instance }), message, ...(facts && { facts }) }, options.redactor);
  }

  function textLine(time: string, level: string, message: string, facts: Facts): string {
    const from = instance === undefined ? '' : ` ${instance}:`;
    return `${time} ${level}${from} ${oneLine(options.redactor.text(message))}${factsText(facts, options.redactor)}`;
  }

  return {
    debug: entry('debug'),
    info: entry('info'),
    warn: entry('warn'),
    child: (name) => createLog(options, name),
  };
}

type Facts = Readonly<Record<string, unknown>> | undefined;

function factsText(facts: Facts, redactor: Redactor): string {
  let text = '';
  for (const [key, value] of Object.entries(facts ?? {})) {
    if (value !== undefined)
      text += ` ${key}=${typeof value === 'string' && /^[^\s"=\p{Cc}\p{Cf}]+$/u.test(value) ? value : toJson(value, redactor)}`;
  }
  return text;
}

/** Text from outside must neither start a line of its own nor steer a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** JSON of anything: errors as their message, circles and what JSON does not know as text. */
function toJson(value: unknown, redactor: Redactor): string {
  const open: unknown[] = [];
  const text = JSON.stringify(value, function (this: unknown, _key, one: unknown) {
    if (one instanceof Error) return redactor.text(messageOf(one));
    if (typeof one === 'string') return redactor.text(one);
    if (typeof one === 'number' && redactor.holds(String(one))) return redactor.text(String(one));
    if (typeof one === 'bigint' || typeof one === 'symbol' || typeof one === 'function') return String(one);
    if (typeof one !== 'object' || one === null) return one;
    // `this` holds the value: what is above it is still open.
    while (open.length > 0 && open.at(-1) !== this) open.pop();
    if (open.includes(one)) return '[circle]';
    open.push(one);
    return one;
  });
  return text?.replaceAll(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, ' ') ?? 'undefined';
}
