import { UsageError } from './usage-error.ts';

/** Flags of a run that say by themselves what it asks for, and those that would say otherwise. */
const alone: Readonly<Record<string, readonly string[]>> = {
  retryFailed: ['at', 'from', 'to', 'chunk', 'plan', 'restart', 'measurements', 'exitOnChange', 'due'],
  due: ['at', 'from', 'to', 'chunk', 'plan', 'restart', 'measurements', 'exitOnChange'],
};

/** Throws `UsageError` for two flags of which only one can be meant. */
export function checkTogether(flags: Readonly<Record<string, unknown>>): void {
  const isGiven = (name: string) => flags[name] !== undefined && flags[name] !== false;
  for (const [flag, others] of Object.entries(alone)) {
    const other = isGiven(flag) ? others.find(isGiven) : undefined;
    if (other !== undefined) throw new UsageError(`${spelt(flag)} and ${spelt(other)} exclude each other`);
  }
}

/** `--retry-failed` for `retryFailed`. */
function spelt(flag: string): string {
  return `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
