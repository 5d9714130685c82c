import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunReport } from '../src/sdk/report.ts';
import { runProgram } from '../src/testing/program.ts';
import { median, type Row } from './child.ts';
import { ms } from './start.ts';
import { withServer } from './with-server.ts';

const rounds = 5;
const repositories = 6000;
const pageMs = 150;
const sites = 5000;
const siteMs = 100;
const concurrency = 50;

/** The wall time of a whole `kpi collect` into SQLite, and its report. */
async function collect(providers: object): Promise<{ readonly wall: number; readonly report: RunReport }> {
  const cwd = mkdtempSync(join(tmpdir(), 'kpi-bench-'));
  try {
    writeFileSync(join(cwd, 'kpi.config.json'), JSON.stringify({ providers }));
    const { code, ms: wall, stderr } = await runProgram(['collect', '--quiet', '--report', 'report.json'], { cwd });
    if (code !== 0) throw new Error(`kpi collect ended with ${code}: ${stderr}`);
    return { wall, report: JSON.parse(readFileSync(join(cwd, 'report.json'), 'utf8')) };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** All repositories of a large organisation, beside the requests that it takes one after another. */
export async function githubRows(): Promise<readonly Row[]> {
  const github = (baseUrl: string) => ({ github: { token: 'a-token', orgs: [{ name: 'acme' }], baseUrl } });
  const start: number[] = [];
  const walls: number[] = [];
  let requests = 0;
  await withServer(['github', '1', '0'], async ({ url }) => {
    for (let round = 0; round < rounds; round++) start.push((await collect(github(url))).wall);
  });
  await withServer(['github', String(repositories), String(pageMs)], async ({ url }) => {
    for (let round = 0; round < rounds; round++) {
      const { wall, report } = await collect(github(url));
      walls.push(wall);
      requests = report.providers[0]?.requests ?? 0;
      if (report.providers[0]?.points !== repositories + 1) throw new Error(`${report.providers[0]?.points} points`);
    }
  });
  const work = median(walls) - median(start);
  const sum = requests * pageMs;
  return [
    { name: `${repositories} repositories: requests`, ratio: requests, aim: { most: 65 }, detail: 'of one organisation, 100 a page' },
    {
      name: `${repositories} repositories: wall ÷ sum of requests`,
      ratio: work / sum,
      aim: { most: 1.05 },
      detail: `(${ms(median(walls))} − ${ms(median(start))} start) ÷ ${ms(sum)}, median of ${rounds}`,
    },
  ];
}

/** Many sites, beside the time that so many checks take at the least, so many at once. */
export async function websiteRow(): Promise<Row> {
  const ideal = (sites * siteMs) / concurrency;
  const walls: number[] = [];
  await withServer(['website', '0', String(siteMs)], async ({ url }) => {
    const entries = Array.from({ length: sites }, (_, index) => ({ name: `site-${index}`, url: `${url}/site/${index}`, match: 'Welcome' }));
    for (let round = 0; round < rounds; round++) {
      const { wall, report } = await collect({ website: { sites: entries, concurrency } });
      walls.push(wall);
      if (report.providers[0]?.points !== sites) throw new Error(`${report.providers[0]?.points} points`);
    }
  });
  return {
    name: `${sites} sites, ${concurrency} at once: wall ÷ ideal`,
    ratio: median(walls) / ideal,
    aim: { most: 1.15 },
    detail: `${ms(median(walls))} ÷ ${ms(ideal)}, start included, median of ${rounds}`,
  };
}
