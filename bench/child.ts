import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a measured process tells on its last line of output. */
export interface Measured {
  readonly ms: number;
  /** Peak of its resident memory. */
  readonly rssMiB: number;
  readonly [fact: string]: number;
}

/** Runs a script of this folder in a process of its own, so that one measurement does not warm or fill up the next. */
export async function inChild(script: string, args: readonly string[]): Promise<Measured> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout) output += chunk;
  const last = output.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) throw new Error(`${script} ${args.join(' ')} did not measure anything: ${output}`);
  return JSON.parse(last) as Measured;
}

/** Prints what `inChild` reads. */
export function tell(facts: Readonly<Record<string, number>>): void {
  process.stdout.write(`${JSON.stringify({ ...facts, rssMiB: process.resourceUsage().maxRSS / 1024 })}\n`);
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** One line of the results. `aim` is a ratio to stay below, or above. */
export interface Row {
  readonly name: string;
  readonly ratio: number;
  readonly aim: { readonly most: number } | { readonly least: number };
  readonly detail: string;
}

export function meets({ ratio, aim }: Row): boolean {
  return 'most' in aim ? ratio <= aim.most : ratio >= aim.least;
}
