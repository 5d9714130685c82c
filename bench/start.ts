import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, type Row } from './child.ts';

const program = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const rounds = 15;

/** How long `kpi --help` takes, beside a Node that does nothing. */
export function startRow(): Row {
  const help: number[] = [];
  const bare: number[] = [];
  // The first rounds fill the compile cache and the disk's.
  for (let round = -3; round < rounds; round++) {
    const [first, second] = [time(['-e', '0']), time([program, '--help'])];
    if (round < 0) continue;
    bare.push(first);
    help.push(second);
  }
  const [node, kpi] = [median(bare), median(help)];
  return { name: 'kpi --help ÷ bare Node', ratio: kpi / node, aim: { most: 4.5 }, detail: `${ms(kpi)} ÷ ${ms(node)}, median of ${rounds}` };
}

function time(args: readonly string[]): number {
  const started = performance.now();
  execFileSync(process.execPath, args, { stdio: 'ignore' });
  return performance.now() - started;
}

export function ms(value: number): string {
  return value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}
