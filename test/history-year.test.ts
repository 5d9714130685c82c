import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { describeProviders } from '../src/engine/describe.ts';
import { providers } from '../src/providers/index.ts';
import { type ProgramResult, runProgram } from '../src/testing/program.ts';
import { seededRandom } from '../src/testing/random.ts';
import { knownTimes, type Played, type Subject, subjects, text } from './history/subjects.ts';

/** Within so many requests of its start each run but the last is killed. */
const kills = [20, 60, 300, 40, 150];
const dayMs = 86_400_000;
// The program has the machine's clock.
const today = Math.floor(Date.now() / dayMs) * dayMs;
const range = ['--from', text(new Date(today - 365 * dayMs)), '--to', text(new Date(today))];

const declared = new Map(
  (await describeProviders(providers)).flatMap(({ measurements = [] }) => measurements.map((one) => [one.name, one] as const)),
);

/** A folder with a config of all measurements with a past, each of an instance and an upstream of its own. */
async function newPlace() {
  const dir = await mkdtemp(join(tmpdir(), 'kpi-year-'));
  const played: (readonly [Subject, Played])[] = [];
  for (const subject of subjects) {
    const one = await subject.start(() => new Date());
    one.show(knownTimes(timeOf(subject), today), new Set());
    played.push([subject, one]);
  }
  onTestFinished(async () => {
    for (const [, { upstream }] of played) await upstream.standIn.close();
    rmSync(dir, { recursive: true });
  });
  const entries = played.map(([{ measurement }, { upstream }]) => [measurement, { ...upstream.entry, only: [measurement] }]);
  const config = { providers: Object.fromEntries(entries), sinks: { local: { type: 'sqlite', path: 'kpi.db' } } };
  await writeFile(join(dir, 'kpi.config.json'), JSON.stringify(config));
  const env = Object.fromEntries(played.map(([, { upstream }]) => [upstream.secret.name, upstream.secret.value]));

  /** Kills the program when the `killAt`th request arrives at any of the upstreams. */
  async function collect(killAt = Number.POSITIVE_INFINITY): Promise<ProgramResult> {
    let seen = 0;
    let kill = () => {};
    for (const [, { upstream }] of played) {
      const when = () => {
        seen += 1;
        if (seen === killAt) kill();
        return false;
      };
      upstream.standIn.misbehave({ name: 'hang', when, act: () => undefined });
    }
    return await runProgram(['collect', ...range, '--quiet'], {
      cwd: dir,
      env,
      started(child) {
        kill = () => child.kill('SIGKILL');
      },
    });
  }
  return { dir, played, collect };
}

function timeOf({ measurement }: Subject) {
  return declared.get(measurement)?.time ?? 'day';
}

it(`a year of everything, killed ${kills.length} times, is the year of one clean run, and no finished chunk is asked for again`, async () => {
  const random = seededRandom(6);
  const [clean, killed] = [await newPlace(), await newPlace()];
  const whole = clean.collect();

  const asked = new Map(killed.played.map(([{ measurement }]) => [measurement, 0]));
  let known: ReadonlyMap<string, readonly Span[]> = new Map();
  /** What was asked for after it had been finished. */
  function again(): readonly string[] {
    return killed.played.flatMap(([subject, { upstream }]) => {
      const { measurement } = subject;
      const requests = upstream.standIn.requests.slice(asked.get(measurement));
      asked.set(measurement, upstream.standIn.requests.length);
      const windows = requests.flatMap((request) => {
        const window = subject.asks?.(request);
        return window ? [window] : [];
      });
      const isIn = (from: string, to: string, span: Span) =>
        Date.parse(from) < span.to && (timeOf(subject) === 'event' ? Date.parse(to) > span.from : Date.parse(to) >= span.from);
      return windows
        .filter(([from, to]) => known.get(measurement)?.some((span) => isIn(from, to, span)))
        .map((window) => `${measurement} ${window}`);
    });
  }

  for (const most of kills) {
    const ended = await killed.collect(Math.ceil(((1 + random()) * most) / 2));
    expect([ended.signal, ended.stderr]).toEqual(['SIGKILL', expect.any(String)]);
    expect(again()).toEqual([]);
    known = finishedIn(killed.dir);
  }
  expect([...known.keys()]).toEqual(expect.arrayContaining(['google_analytics_traffic', 'mailchimp_campaign', 'stackoverflow_questions']));
  const last = await killed.collect();
  expect([last.code, last.stderr]).toEqual([0, expect.any(String)]);
  expect(again()).toEqual([]);
  expect((await whole).code).toBe(0);

  const rows = rowsIn(clean.dir);
  expect(rowsIn(killed.dir)).toEqual(rows);
  expect(Object.fromEntries([...rows].map(([name, list]) => [name, list.length]))).toMatchObject({
    github_stars: 365,
    google_analytics_traffic: 365,
    mailchimp_campaign: 365,
    reddit_posts: 365,
    stackoverflow_questions: 365,
  });
  for (const [{ measurement }, { upstream }] of [...clean.played, ...killed.played]) {
    expect([measurement, upstream.standIn.unexpected]).toEqual([measurement, []]);
  }
}, 120_000);

interface Span {
  readonly from: number;
  readonly to: number;
}

/** What the memory has of finished chunks, by measurement. */
function finishedIn(dir: string): ReadonlyMap<string, readonly Span[]> {
  const database = new DatabaseSync(join(dir, '.kpi', 'state.db'));
  const records = database.prepare("select key, value from record where kind = 'chunk'").all();
  database.close();
  const spans = (value: unknown) => (JSON.parse(String(value)) as { readonly ranges: readonly (readonly [string, string])[] }).ranges;
  return new Map(
    records.map(({ key, value }) => [
      String(key).split('/')[1] ?? '',
      spans(value).map(([from, to]) => ({ from: Date.parse(from), to: Date.parse(to) })),
    ]),
  );
}

/** All rows of each measurement, but for what tells of the run that brought them. */
function rowsIn(dir: string): ReadonlyMap<string, readonly unknown[]> {
  const database = new DatabaseSync(join(dir, 'kpi.db'), { readOnly: true });
  const rows = subjects.map(({ measurement }) => {
    const all = database.prepare(`select * from "${measurement}" order by time, series`).all();
    return [measurement, all.map(({ run_id: _, collected_at: __, ...row }) => row)] as const;
  });
  database.close();
  return new Map(rows);
}
