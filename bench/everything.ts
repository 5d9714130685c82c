import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunReport } from '../src/sdk/report.ts';
import { runProgram } from '../src/testing/program.ts';
import { median, type Row } from './child.ts';
import { ms } from './start.ts';
import { withServer } from './with-server.ts';

const rounds = 5;
const latencyMs = 100;

/** Of each upstream, the requests that may be under way at once, by the limits that its provider declares. */
const atOnce: Readonly<Record<string, number>> = {
  github: 1,
  // One at a time for each of 50 properties.
  'google-analytics': 50,
  mailchimp: 8,
  nuget: 8,
  reddit: 4,
  website: 50,
};

/** One run of all that has much to ask, beside the time that the slowest upstream takes at the least under its own limits. */
export async function everythingRow(): Promise<Row> {
  const walls: number[] = [];
  let ideal = 0;
  let slowest = '';
  await withServer(['everything', '1', String(latencyMs)], async ({ url: told }) => {
    const { providers, env } = JSON.parse(told) as { readonly providers: object; readonly env: Readonly<Record<string, string>> };
    for (let round = 0; round < rounds; round++) {
      const { wall, report } = await collect(providers, env);
      walls.push(wall);
      for (const { name, requests } of report.providers) {
        const least = (requests * latencyMs) / (atOnce[name] ?? 1);
        if (least > ideal) [ideal, slowest] = [least, `${name}: ${requests} requests, ${atOnce[name]} at once`];
      }
    }
  });
  return {
    name: '200 lists, 1000 campaigns, 50 properties, 20 subreddits, 2000 repositories, 1000 packages, 500 sites: wall ÷ ideal',
    ratio: median(walls) / ideal,
    aim: { most: 1.15 },
    detail: `${ms(median(walls))} ÷ ${ms(ideal)} (${slowest}), start included, median of ${rounds}`,
  };
}

async function collect(providers: object, env: Readonly<Record<string, string>>) {
  const cwd = mkdtempSync(join(tmpdir(), 'kpi-bench-'));
  try {
    writeFileSync(join(cwd, 'kpi.config.json'), JSON.stringify({ providers }));
    const { code, ms: wall, stdout, stderr } = await runProgram(['collect', '--quiet', '--report', 'report.json'], { cwd, env });
    if (code !== 0) throw new Error(`kpi collect ended with ${code}: ${stdout}${stderr}`);
    return { wall, report: JSON.parse(readFileSync(join(cwd, 'report.json'), 'utf8')) as RunReport };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}
