import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { faultNames } from '../../src/testing/stand-in.ts';
import { checkArrived, checkWritten, datedIn, expectRows, identity, inOrder } from './checks.ts';
import { type FaultRun, type Neighbours, runFault, type Spoilt, startNeighbours, withoutPlaces } from './fault-run.ts';
import { matrix } from './matrix.ts';
import type { StoredRow } from './run-cell.ts';
import { providerNames, type Row } from './upstreams.ts';

/** In so many files, so that as many cores take part. */
export const shards = 2;

/** The tests of every so-many-th fault at all providers. */
export function describeFaults(shard: number): void {
  let neighbours: Neighbours;
  let compiled: string;

  beforeAll(async () => {
    // A check of a website starts a thread, which would compile TypeScript each time.
    compiled = await mkdtemp(join(tmpdir(), 'kpi-compiled-'));
    vi.stubEnv('NODE_COMPILE_CACHE', compiled);
    neighbours = await startNeighbours();
  });
  afterAll(async () => {
    for (const { standIn } of neighbours.values()) await standIn.close();
    vi.unstubAllEnvs();
    await rm(compiled, { recursive: true });
  });

  const mine = faultNames.filter((_, place) => place % shards === shard - 1);
  // All tests of a fault wait for its one run, of up to 18 instances.
  describe.concurrent.each(mine)('%s', { timeout: 120_000 }, (fault) => {
    let running: Promise<FaultRun> | undefined;
    const run = () => {
      running ??= runFault(fault, neighbours);
      return running;
    };

    const names = providerNames.filter((name) => matrix[name][fault] !== undefined);
    it.each(names)('at %s ends as the table says', async (name) => {
      const all = await run();
      const one = all.spoilt.find(({ provider }) => provider === name);
      checkSpoilt(one as Spoilt, all, neighbours);
    });

    it('leaves the others as they are', async () => checkOthers(await run(), neighbours));
  });
}

function checkSpoilt(one: Spoilt, { fault, isSlow, seen }: FaultRun, neighbours: Neighbours): void {
  const { cell, upstream, arrived } = one;
  expect(one.bites).toBeGreaterThan(0);
  expect(upstream.standIn.unexpected).toEqual([]);
  const made = cell.arrived ?? cell.requests;
  if (isSlow) {
    // The time of a try is real, and the stand-in lives in this process: on a busy machine a try may be over before it is taken.
    expect(arrived.length).toBeGreaterThan(0);
    expect(arrived.length).toBeLessThanOrEqual(made);
  } else if (fault !== 'refuse') {
    // How many of those that came at once were taken before it died is chance.
    expect(arrived).toHaveLength(made);
  }
  checkReport(one, seen);
  checkWaits(one, seen);
  checkStored(one, seen, neighbours);
  checkArrived(upstream, arrived);
}

/** Its status and its problems, to the letter. */
function checkReport({ provider, cell, upstream }: Spoilt, { report }: FaultRun['seen']): void {
  const one = report.providers.find(({ name }) => name === provider);
  const retries = (cell.retried?.waits.length ?? 0) * (cell.retried?.calls ?? 0);
  expect(one).toMatchObject({ status: cell.status, requests: cell.requests, retries, problemCount: cell.problems.length });
  const spelt = (one?.problems ?? []).map((problem) => ({ ...problem, message: withoutPlaces(problem.message, upstream.standIn) }));
  const wanted = cell.problems.map((problem) => ({ severity: 'error', ...problem }));
  expect(inOrder(spelt)).toEqual(inOrder(wanted));
}

/** Each call that was tried again waited as the policy says, by the test's clock. */
function checkWaits({ provider, cell }: Spoilt, seen: FaultRun['seen']): void {
  const { waits = [], calls = 0 } = cell.retried ?? {};
  const wanted = waits.flatMap((wait) => Array.from({ length: calls }, () => wait)).sort((one, other) => one.seconds - other.seconds);
  const said = [...seen.waits(provider)].sort((one, other) => one - other);
  expect(said).toHaveLength(wanted.length);
  for (const [index, { seconds, less = 0, more = 0 }] of wanted.entries()) {
    expect(said[index]).toBeGreaterThanOrEqual(seconds - less);
    expect(said[index]).toBeLessThanOrEqual(seconds + more);
  }
  // Some calls wait at the same time; what was said was waited.
  expect(seen.seconds).toBeGreaterThanOrEqual(waits.reduce((total, { seconds, less = 0 }) => total + seconds - less, 0));
}

/** The rows that a good answer carried, and none besides. */
function checkStored({ provider, cell, upstream, earlier }: Spoilt, seen: FaultRun['seen'], neighbours: Neighbours): void {
  const truth = upstream.truth(provider);
  const measurements = new Set(truth.map(({ measurement }) => measurement));
  const isDated = datedIn(truth);
  const others = new Set([...neighbours].flatMap(([name, { truth }]) => truth(name)).map(identity));
  // Only what has a past keeps its time: a later run writes it over.
  const plain = ({ time, ...row }: StoredRow): Row => (isDated(row.measurement) ? { ...row, time } : row);
  const own = seen.stored.filter((row) => measurements.has(row.measurement) && !others.has(identity(plain(row))));
  const [now, before] = [true, false].map((is) =>
    own.filter((row) => is === (isDated(row.measurement) || row.time >= seen.report.at)).map(plain),
  );
  expectRows(now ?? [], cell.stored(truth));
  expectRows(before ?? [], earlier);
  expect(seen.report.providers.find(({ name }) => name === provider)?.points).toBe(now?.length);
}

/** All that are well are well, and all there is is there: nothing waits, nothing is lost, nobody else's row or secret is anywhere. */
function checkOthers({ seen, spoilt }: FaultRun, neighbours: Neighbours): void {
  const { report } = seen;
  const isWell = spoilt.every(({ cell }) => cell.status === 'ok');
  expect([report.status, report.exitCode, report.problems]).toEqual(isWell ? ['ok', 0, []] : ['partial', 3, []]);
  const others = report.providers.filter(({ name }) => neighbours.has(name));
  expect(others.map(({ name, status, problems }) => ({ name, status, problems }))).toEqual(
    providerNames.map((name) => ({ name: `good-${name}`, status: 'ok', problems: [] })),
  );
  expect(report.providers).toHaveLength(others.length + spoilt.length);
  const points = report.providers.reduce((sum, { points }) => sum + points, 0);
  expect(report.sinks).toMatchObject([{ status: 'ok', offered: points, accepted: points, rejected: 0, pending: 0, lost: 0, backlog: 0 }]);

  const truth = [...neighbours].flatMap(([name, { truth }]) => truth(name));
  const isDated = datedIn([...truth, ...spoilt.flatMap(({ provider, upstream }) => upstream.truth(provider))]);
  const now = seen.stored.filter(({ measurement, time }) => isDated(measurement) || time >= report.at);
  expect(now).toHaveLength(points);
  const found = new Map(now.map(({ time, ...row }) => [identity(isDated(row.measurement) ? { ...row, time } : row), row]));
  for (const row of truth) {
    // What is left of the limit is shared by all tests that ask this upstream.
    const { fields } = row.measurement === 'github_rate_limit' ? { fields: { limit: row.fields.limit } } : row;
    expect(found.get(identity(row))).toMatchObject({ fields });
  }

  checkWritten(seen, [...spoilt.map(({ upstream }) => upstream), ...neighbours.values()]);
  // No time passed but for what was said to be waited for; the clock also moves where requests are kept apart: by 67 ms, at most.
  const waited = spoilt.flatMap(({ provider }) => seen.waits(provider)).reduce((total, wait) => total + wait, 0);
  const requests = report.providers.reduce((sum, one) => sum + one.requests, 0);
  expect(seen.seconds).toBeLessThanOrEqual(waited + 0.1 + 0.067 * requests);
  expect(seen.ms).toBeLessThan(60_000);
  expect(seen.exited).toEqual([]);
}
