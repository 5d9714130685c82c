import type { ConfigProblem } from '../sdk/errors.ts';

/** Data as the commands print it. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Why nothing was started (64, 78), or what broke (70). */
export interface ErrorReport {
  readonly schemaVersion: 1;
  readonly exitCode: number;
  readonly error: {
    readonly kind: 'usage' | 'config' | 'defect';
    readonly message: string;
    readonly problems: readonly ConfigProblem[];
  };
}
