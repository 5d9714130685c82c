import type { ConfigProblem } from '../sdk/errors.ts';

// Control characters that JSON leaves as they are, and those that turn the direction of writing: a terminal would obey them.
const unsafe = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Data as the commands print it. What may steer a terminal is escaped, so that nothing of it is lost. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replaceAll(unsafe, escaped)}\n`;
}

function escaped(character: string): string {
  let text = '';
  for (let index = 0; index < character.length; index += 1) text += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  return text;
}

/** Why nothing was started (64, 78; 75 where what is needed is away), or what broke (70). */
export interface ErrorReport {
  readonly schemaVersion: 1;
  readonly exitCode: number;
  readonly error: {
    readonly kind: 'usage' | 'config' | 'unavailable' | 'defect';
    readonly message: string;
    readonly problems: readonly ConfigProblem[];
  };
}
