// `npm run torture [-- NAME…]`: stores that are stopped, cut off, lied about and killed, and what became of the points. Names choose stores
// (sqlite, file, influxdb, exec) and trials (stops, resets, answers, disk, drains, kills, backlog). `--seed N`, `--points N`, `--moments N`; `--write` puts the
// table into docs/reliability.md. Exits with 1 when anything is lost, invented, or counted wrong.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Seen } from './judge.ts';
import { kinds } from './stores/index.ts';
import { trials } from './trials/index.ts';

const page = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));
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
if (values.write && positionals.length > 0) throw new Error('--write writes the whole table: leave out the names');

const seed = Number(values.seed);
const points = Number(values.points);
const moments = Number(values.moments);
const chosenKinds = chosen(Object.keys(kinds));
const chosenTrials = chosen([...Object.keys(trials), 'backlog']);
const lines: string[] = [];
let failed = false;

for (const store of chosenKinds) {
  const missing = kinds[store]?.missing?.();
  if (missing !== undefined) console.error(`SKIPPED ${store}: ${missing}`);
}

tell(`Node ${process.version}, ${cpus().length} cores; seed ${seed}, ${count(points)} points in a run, kills at ${moments} moments.\n`);
tell('| store | what is done to it | times | points | there | invented | copies | seen |');
tell('| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |');
for (const [name, trial] of Object.entries(trials)) {
  if (!chosenTrials.includes(name)) continue;
  for (const [store, kind] of Object.entries(kinds)) {
    if (!chosenKinds.includes(store) || kind.missing?.() !== undefined) continue;
    const size = { points, seed, moments: name === 'kills' ? moments : Math.min(moments, 10) };
    const seen = await trial.run(kind, size);
    if (seen) tell(row(store, kind.rerun, trial.what, seen));
  }
}
if (chosenTrials.includes('backlog')) backlog(1024, 3);
if (values.write && !failed) writeTable();
process.exitCode = failed ? 1 : 0;

/** Those of the names that were given; all where none was. */
function chosen(of: readonly string[]): readonly string[] {
  const given = of.filter((name) => positionals.includes(name));
  return given.length > 0 ? given : of;
}

function tell(line: string): void {
  console.log(line);
  lines.push(line);
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}

function row(store: string, rerun: string, what: string, seen: Seen): string {
  if (seen.wrong.length > 0) failed = true;
  const verdict = seen.wrong.length > 0 ? `**${seen.wrong.join('; ')}**` : seen.note;
  const numbers = [seen.bites, seen.points, seen.points - seen.missing, seen.invented, seen.copies].map(count);
  return `| ${[`\`${store}\` (${rerun})`, what, ...numbers, verdict].join(' | ')} |`;
}

/** An outbox that is as full as it may be, delivered. */
function backlog(mebibytes: number, sinks: number): void {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-backlog-'));
  try {
    const { stdout, stderr } = spawnSync(process.execPath, [backlogScript, dir, String(mebibytes), String(sinks)], { encoding: 'utf8' });
    const seen = JSON.parse(stdout || stderr);
    const isWell = seen.wrong === 0 && seen.left === 0 && seen.delivered === seen.entries && seen.refusal === 'OutboxFullError';
    if (!isWell) failed = true;
    const verdict = isWell ? 'in order, the oldest first' : `**${JSON.stringify(seen)}**`;
    tell(
      `\nA backlog of ${mebibytes} MiB for ${sinks} sinks: ${count(seen.entries)} points written in ${Math.round(seen.filledMs / 1000)} s, delivered ` +
        `in ${Math.round(seen.drainedMs / 1000)} s, ${verdict}; the sinks were never further apart than ${(seen.apart * 100).toFixed(1)} %; ` +
        `the process had ${seen.filledMiB} MiB before, at most ${seen.mostMiB} MiB while it delivered.`,
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function writeTable(): void {
  const text = readFileSync(page, 'utf8');
  const place = /(?<=<!-- torture -->\n)[\s\S]*(?=<!-- \/torture -->)/;
  if (!place.test(text)) throw new Error(`${page} has no place for the table`);
  writeFileSync(
    page,
    text.replace(place, () => `\n${lines.join('\n')}\n\n`),
  );
}
