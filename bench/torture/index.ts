// `npm run torture [-- NAME…]`: stores that are stopped, cut off, lied about and killed, and what became of the points. Names choose stores
// (sqlite, postgres, …) and trials (stops, resets, answers, disk, drains, kills, relay, backlog). `--seed N`, `--points N`, `--moments N`; `--write`
// puts what was seen into the table of docs/reliability.md. Exits with 1 when anything is lost, invented, or counted wrong.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kinds } from './stores/index.ts';
import { count, head, type Row, rowOf, writeTable } from './table.ts';
import { trials } from './trials/index.ts';

const backlogScript = fileURLToPath(new URL('../../test/children/outbox-backlog.ts', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '20261121' },
    points: { type: 'string', default: '100000' },
    moments: { type: 'string', default: '30' },
    write: { type: 'boolean', default: false },
  },
});
const known = [...Object.keys(kinds), ...Object.keys(trials), 'backlog'];
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) throw new Error(`there is no store and no trial ${unknown.join(', ')}: choose among ${known.join(', ')}`);

const seed = Number(values.seed);
const points = Number(values.points);
const moments = Number(values.moments);
const chosenKinds = chosen(Object.keys(kinds));
const chosenTrials = chosen([...Object.keys(trials), 'backlog']);
const rows: Row[] = [];
let failed = false;

for (const store of chosenKinds) {
  const missing = kinds[store]?.missing?.();
  if (missing !== undefined) console.error(`SKIPPED ${store}: ${missing}`);
}

const first = `Node ${process.version}, ${cpus().length} cores; seed ${seed}, ${count(points)} points in a run, kills at ${moments} moments.`;
console.log([first, '', ...head].join('\n'));
for (const [name, trial] of Object.entries(trials)) {
  if (!chosenTrials.includes(name)) continue;
  const missing = trial.missing?.();
  if (missing !== undefined) {
    console.error(`SKIPPED ${name}: ${missing}`);
    continue;
  }
  for (const [store, kind] of Object.entries(kinds)) {
    if (!chosenKinds.includes(store) || kind.missing?.() !== undefined) continue;
    const size = { points, seed, moments: name === 'kills' || name === 'relay' ? moments : Math.min(moments, 10) };
    const seen = await trial.run(kind, size);
    if (!seen) continue;
    if (seen.wrong.length > 0) failed = true;
    const row = rowOf(store, kind.rerun, trial.what, seen);
    console.log(row.text);
    rows.push(row);
  }
}
const last =
  chosenTrials.includes('backlog') && (positionals.includes('backlog') || positionals.length === 0) ? backlog(1024, 3) : undefined;
if (values.write && !failed) {
  writeTable(first, rows, last, { stores: Object.keys(kinds), whats: Object.values(trials).map(({ what }) => what) });
}
process.exitCode = failed ? 1 : 0;

/** Those of the names that were given; all where none was. */
function chosen(of: readonly string[]): readonly string[] {
  const given = of.filter((name) => positionals.includes(name));
  return given.length > 0 ? given : of;
}

/** An outbox that is as full as it may be, delivered. */
function backlog(mebibytes: number, sinks: number): string {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-backlog-'));
  try {
    const { stdout, stderr } = spawnSync(process.execPath, [backlogScript, dir, String(mebibytes), String(sinks)], { encoding: 'utf8' });
    const seen = JSON.parse(stdout || stderr);
    const isWell = seen.wrong === 0 && seen.left === 0 && seen.delivered === seen.entries && seen.refusal === 'OutboxFullError';
    if (!isWell) failed = true;
    const verdict = isWell ? 'in order, the oldest first' : `**${JSON.stringify(seen)}**`;
    const line =
      `A backlog of ${mebibytes} MiB for ${sinks} sinks: ${count(seen.entries)} points written in ${Math.round(seen.filledMs / 1000)} s, delivered ` +
      `in ${Math.round(seen.drainedMs / 1000)} s, ${verdict}; the sinks were never further apart than ${(seen.apart * 100).toFixed(1)} %; ` +
      `the process had ${seen.filledMiB} MiB before, at most ${seen.mostMiB} MiB while it delivered.`;
    console.log(`\n${line}`);
    return line;
  } finally {
    rmSync(dir, { recursive: true });
  }
}
