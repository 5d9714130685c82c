// `npm run bench [-- NAME…]`: all measurements, or those whose names are given (start, github, website, everything, sqlite, file, influxdb,
// prometheus, postgres, kafka, backfill). Ratios to a baseline of the same run; absolute times are information. Exits with 1 when one
// misses its aim.
import { arch, cpus, platform } from 'node:os';
import { backfillRows } from './backfill.ts';
import { meets, type Row } from './child.ts';
import { everythingRow } from './everything.ts';
import { kafkaRows } from './kafka.ts';
import { pointRows } from './points.ts';
import { prometheusRows } from './prometheus.ts';
import { startRow } from './start.ts';
import { stolenSince, stolenTime } from './stolen.ts';
import { githubRows, websiteRow } from './upstreams.ts';

const measurements: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  start: async () => [startRow()],
  github: githubRows,
  website: async () => [await websiteRow()],
  everything: async () => [await everythingRow()],
  sqlite: () => pointRows('sqlite'),
  file: () => pointRows('file'),
  influxdb: () => pointRows('influxdb'),
  prometheus: prometheusRows,
  postgres: () => pointRows('postgres'),
  kafka: kafkaRows,
  backfill: backfillRows,
};

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in measurements));
if (unknown.length > 0)
  throw new Error(`there is no measurement ${unknown.join(', ')}: choose among ${Object.keys(measurements).join(', ')}`);

console.log(`Node ${process.version}, ${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model.trim()}\n`);
console.log('| measurement | ratio | aim | seen |\n|---|---|---|---|');
let missed = 0;
for (const [name, measure] of Object.entries(measurements)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const before = stolenTime();
  const rows = await measure();
  const stolen = stolenSince(before);
  for (const row of rows) {
    const aim = 'most' in row.aim ? `≤ ${row.aim.most}` : `≥ ${row.aim.least}`;
    console.log(`| ${row.name} | ${meets(row) ? '' : '**missed** '}${Number(row.ratio.toFixed(3))} | ${aim} | ${row.detail}${stolen} |`);
    if (!meets(row)) missed++;
  }
}
process.exitCode = missed > 0 ? 1 : 0;
