import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { formatDuration } from '../src/sdk/time.ts';
import { createTestClock } from '../src/testing/clock.ts';
import { type Fault, type FaultName, faultNames, type StandInRequest } from '../src/testing/stand-in.ts';
import { type Cell, type ExpectedRow, measured, world } from './faults/cells.ts';
import { matrix } from './faults/matrix.ts';
import { faultsPage } from './faults/page.ts';
import { inFolder, runCell, type Seen } from './faults/run-cell.ts';
import { kinds, type ProviderName, providerNames, type Row, type Upstream, type UpstreamOptions } from './faults/upstreams.ts';

/** Faults of lists: they need more than one page. */
const paged: readonly FaultName[] = ['page-twice', 'endless-pages', 'cursor-repeats'];
/** Faults that cost real time, which is the try's time limit: here a short one, for what cannot be answered in time anyway. */
const slow: readonly FaultName[] = ['hang', 'drip'];
const slowMs = 500;
/**
 * Whose first request is well, whatever the fault: GraphQL's before what is asked of REST, that of a NuGet feed of the service index,
 * Reddit's of a token, Stack Overflow's of the tags.
 */
const firstIsWell: readonly ProviderName[] = ['github-traffic', 'nuget', 'reddit', 'sdkbin', 'stackoverflow'];

const neighbours = new Map<string, Upstream>();

let compiled: string;

beforeAll(async () => {
  // A check of a website starts a thread, which would compile TypeScript each time.
  compiled = await mkdtemp(join(tmpdir(), 'kpi-compiled-'));
  vi.stubEnv('NODE_COMPILE_CACHE', compiled);
  for (const name of providerNames) {
    neighbours.set(`good-${name}`, await kinds[name].start({ world: 'Good', light: true, now: () => createTestClock().now() }));
  }
});

afterAll(async () => {
  for (const { standIn } of neighbours.values()) await standIn.close();
  vi.unstubAllEnvs();
  await rm(compiled, { recursive: true });
});

describe('every fault of every provider', () => {
  const cells = faultNames.flatMap((fault) => providerNames.map((provider) => ({ fault, provider })));

  it.each(cells)('$fault at $provider is either expected, or cannot be for a reason', ({ fault, provider }) => {
    const { faults, cannot } = kinds[provider];
    const possible = matrix[provider][fault] !== undefined;
    expect({ injected: faults[fault] !== undefined, impossible: cannot[fault] !== undefined }).toEqual({
      injected: possible,
      impossible: !possible,
    });
    if (!possible) expect(cannot[fault]).toMatch(/^\S.{15,}$/);
  });

  const possible = cells.flatMap(({ fault, provider }) => {
    const cell = matrix[provider][fault];
    return cell ? [{ fault, provider, cell }] : [];
  });

  describe.concurrent('ends as the table says', () => {
    it.each(possible.filter(({ fault }) => !slow.includes(fault)))('$provider: $fault', checkCell);
  });
  // One by one, so that what is well has its time: the upstreams live in this process.
  describe('ends as the table says, in time', () => {
    it.each(possible.filter(({ fault }) => slow.includes(fault)))('$provider: $fault', checkCell);
  });
});

interface Asked {
  readonly fault: FaultName;
  readonly provider: ProviderName;
  readonly cell: Cell;
}

async function checkCell({ fault: name, provider, cell }: Asked): Promise<void> {
  const clock = createTestClock();
  const isSlow = slow.includes(name);
  await using own = await started(provider, { world, pages: paged.includes(name), timeout: isSlow ? '3s' : '10s', now: () => clock.now() });
  const upstreams = new Map([[provider as string, own], ...neighbours]);
  await inFolder(async (dir) => {
    if (name === 'falling-counter') {
      const before = await runCell({ dir, upstreams, clock });
      expect(before.report.exitCode).toBe(0);
      clock.advance(3_600_000);
    }
    own.standIn.misbehave(faultOf(provider, name));
    const isFaulty = () => !firstIsWell.includes(provider) || own.standIn.requests.length > 0;
    if (name === 'refuse' && provider === 'website') await fetch(own.standIn.url).catch(() => {});
    const arrivedBefore = own.standIn.requests.length;
    const earlier = name === 'falling-counter' ? own.truth(provider).filter(({ time }) => time === undefined) : [];
    const timeoutMs = (instance: string) => (isSlow && instance === provider && isFaulty() ? slowMs : undefined);
    const seen = await runCell({ dir, upstreams, clock, timeoutMs });

    expect(own.standIn.bites).toBeGreaterThan(0);
    expect(own.standIn.unexpected).toEqual([]);
    const arrived = own.standIn.requests.slice(arrivedBefore);
    // How many of those that came at once were taken before it died is chance.
    if (name !== 'refuse') expect(arrived).toHaveLength(cell.arrived ?? cell.requests);
    checkReport(seen, own, provider, cell);
    checkWaits(seen, provider, cell);
    checkStored(seen, own, provider, cell, earlier);
    checkSecrets(seen, own, arrived);
    expect(seen.ms).toBeLessThan(20_000);
    expect(seen.exited).toEqual([]);
  });
}

/** Its status and its problems, to the letter; and that of the run. All others are well. */
function checkReport({ report }: Seen, { standIn }: Upstream, provider: ProviderName, cell: Cell): void {
  const [one, ...others] = report.providers;
  const retries = (cell.retried?.waits.length ?? 0) * (cell.retried?.calls ?? 0);
  expect(one).toMatchObject({ name: provider, status: cell.status, requests: cell.requests, retries, problemCount: cell.problems.length });
  const spelt = (one?.problems ?? []).map((problem) => ({ ...problem, message: withoutPlaces(problem.message, standIn) }));
  const wanted = cell.problems.map((problem) => ({ severity: 'error', ...problem }));
  expect(inOrder(spelt)).toEqual(inOrder(wanted));
  expect(report.exitCode).toBe(cell.status === 'ok' ? 0 : 3);
  expect(report.status).toBe(cell.status === 'ok' ? 'ok' : 'partial');
  expect(report.problems).toEqual([]);
  expect(others.map(({ name, status, problems }) => ({ name, status, problems }))).toEqual(
    providerNames.map((name) => ({ name: `good-${name}`, status: 'ok', problems: [] })),
  );
  const points = report.providers.reduce((sum, { points }) => sum + points, 0);
  expect(report.sinks).toMatchObject([{ status: 'ok', offered: points, accepted: points, rejected: 0, pending: 0, lost: 0, backlog: 0 }]);
}

function withoutPlaces(message: string, { url, other }: Upstream['standIn']): string {
  return message
    .replaceAll(new URL(url).host, '{host}')
    .replaceAll(new URL(other.url).host, '{other}')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '{time}')
    .replaceAll(`within ${formatDuration(slowMs)}`, 'within {limit}');
}

/** Each call that was tried again waited as the policy says, by the test's clock. */
function checkWaits(seen: Seen, provider: ProviderName, { retried }: Cell): void {
  const { waits = [], calls = 0 } = retried ?? {};
  const wanted = waits.flatMap((wait) => Array.from({ length: calls }, () => wait)).sort((one, other) => one.seconds - other.seconds);
  const said = [...seen.waits(provider)].sort((one, other) => one - other);
  expect(said).toHaveLength(wanted.length);
  for (const [index, { seconds, less = 0, more = 0 }] of wanted.entries()) {
    expect(said[index]).toBeGreaterThanOrEqual(seconds - less);
    expect(said[index]).toBeLessThanOrEqual(seconds + more);
  }
  // Some calls wait at the same time; what was said was waited, and nothing besides.
  const ofAll = said.reduce((total, wait) => total + wait, 0);
  const ofOne = waits.reduce((total, { seconds, less = 0 }) => total + seconds - less, 0);
  expect(seen.seconds).toBeGreaterThanOrEqual(ofOne);
  // The test's clock also moves where requests are kept apart: by 50 ms, at most.
  const requests = seen.report.providers.reduce((sum, one) => sum + one.requests, 0);
  expect(seen.seconds).toBeLessThanOrEqual(ofAll + 0.1 + 0.05 * requests);
}

/** The rows that a good answer carried, and none besides; those of the others are all there. */
function checkStored(seen: Seen, own: Upstream, provider: ProviderName, cell: Cell, earlier: readonly Row[]): void {
  const all = [...[...neighbours].flatMap(([name, { truth }]) => truth(name)), ...own.truth(provider)];
  const dated = new Set(all.filter(({ time }) => time !== undefined).map(({ measurement }) => measurement));
  // Only what has a past keeps its time: a later run writes it over.
  const stored = seen.stored.map(({ time, ...row }) => ({ row: dated.has(row.measurement) ? { ...row, time } : row, time }));
  const others = new Map([...neighbours].flatMap(([name, { truth }]) => truth(name)).map((row) => [identity(row), row]));
  const now = stored.filter(({ row, time }) => 'time' in row || time >= seen.report.at).map(({ row }) => row);
  const before = stored
    .filter(({ row, time }) => !('time' in row) && time < seen.report.at)
    .flatMap(({ row }) => (others.has(identity(row)) ? [] : [row]));
  const ownRows = now.filter((row) => !others.has(identity(row)));
  expectRows(ownRows, cell.stored(own.truth(provider)));
  expectRows(before, earlier);
  expect(seen.report.providers[0]?.points).toBe(ownRows.length);

  const found = new Map(now.map((row) => [identity(row), row]));
  expect(now).toHaveLength(ownRows.length + others.size);
  for (const [key, row] of others) {
    // What is left of the limit is shared by all tests that ask this upstream.
    const { fields } = row.measurement === 'github_rate_limit' ? { fields: { limit: row.fields.limit } } : row;
    expect(found.get(key)).toMatchObject({ fields });
  }
}

/** Each of these rows once, with these fields and no others. */
function expectRows(rows: readonly Row[], expected: readonly ExpectedRow[]): void {
  const wanted = new Map(expected.map((row) => [identity(row), row]));
  const seen = rows.map((row) => {
    const fields = wanted.get(identity(row))?.fields ?? {};
    const spelt = Object.entries(row.fields).map(([name, value]) => [
      name,
      fields[name] === measured && isMeasured(value) ? measured : value,
    ]);
    return { ...row, fields: Object.fromEntries(spelt) };
  });
  expect(inOrder(seen)).toEqual(inOrder(expected));
}

function isMeasured(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function identity({ measurement, tags, time }: Pick<Row, 'measurement' | 'tags' | 'time'>): string {
  return JSON.stringify([measurement, tags, time]);
}

function inOrder<T extends object>(all: readonly T[]): readonly T[] {
  return all.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}

/** The upstream was told its own secret; nobody else was, and it was written nowhere. */
function checkSecrets(seen: Seen, { standIn, secret }: Upstream, arrived: readonly StandInRequest[]): void {
  expect(arrived.map(spoken).filter((text) => !(secret.shownAs?.test(text) ?? holds(text, secret.value)))).toEqual([]);
  expect(standIn.other.requests.map(spoken).filter((text) => holds(text, secret.value))).toEqual([]);
  const secrets = [secret, ...[...neighbours.values()].map((one) => one.secret)];
  for (const [where, text] of seen.written) {
    expect({ where, secrets: secrets.filter(({ value }) => holds(text, value)) }).toEqual({ where, secrets: [] });
  }
  expect([...seen.written.keys()]).toEqual(expect.arrayContaining(['the report', 'stderr', 'kpi.db', '.kpi/state.db', '.kpi/outbox.db']));
}

function spoken({ method, path, query, headers, body }: StandInRequest): string {
  return JSON.stringify([method, path, String(query), headers, body]);
}

/** Plain, or in base64, alone or behind the user's name. */
function holds(text: string, secret: string): boolean {
  return [secret, `ada:${secret}`, `user:${secret}`].some(
    (one) => text.includes(one) || text.includes(Buffer.from(one).toString('base64').replace(/=+$/, '')),
  );
}

/** An upstream that is closed with the test. */
async function started(provider: ProviderName, options: UpstreamOptions): Promise<Upstream & AsyncDisposable> {
  const upstream = await kinds[provider].start(options);
  return { ...upstream, [Symbol.asyncDispose]: () => upstream.standIn.close() };
}

function faultOf(provider: ProviderName, name: FaultName): Fault {
  const fault = kinds[provider].faults[name];
  if (!fault) throw new Error(`${provider} has no fault ${name}`);
  return fault;
}

describe('an upstream that tells the secret back', () => {
  it.each(providerNames)('%s: nobody else hears of it', async (provider) => {
    const clock = createTestClock();
    await using own = await started(provider, { world, now: () => clock.now() });
    const arrivedBefore = own.standIn.requests.length;
    own.standIn.misbehave({
      name: '404',
      act: ({ request, send }) =>
        send({
          status: 400,
          headers: { 'x-echo': own.secret.value },
          body: { message: `${request.headers.authorization} ${spoken(request)}` },
        }),
    });
    await inFolder(async (dir) => {
      const seen = await runCell({ dir, upstreams: new Map([[provider as string, own]]), clock });
      const arrived = own.standIn.requests.slice(arrivedBefore);
      expect(arrived.length).toBeGreaterThan(0);
      const told = JSON.stringify(seen.report.providers[0]?.problems);
      // A refusal that is not in Google's own form is told without its words.
      if (provider !== 'website' && provider !== 'google-analytics') expect(told).toContain('***');
      // It is alone in this run: where it brings nothing, nothing was brought.
      expect(seen.report.exitCode).toBe(provider === 'website' ? 0 : 1);
      checkSecrets(seen, own, arrived);
    });
  });
});

describe('a redirect to another origin', () => {
  it('is followed where there is no credential that could go there', async () => {
    const clock = createTestClock();
    await using own = await started('nuget', { world, now: () => clock.now() });
    const open = { ...own, entry: { ...own.entry, serviceIndex: `${own.standIn.url}/v3/index.json` } };
    own.standIn.misbehave(faultOf('nuget', 'redirect-other-origin'));
    await inFolder(async (dir) => {
      const seen = await runCell({ dir, upstreams: new Map([['nuget', open]]), clock });
      expect(seen.report.exitCode).toBe(0);
      expectRows(
        seen.stored.map(({ time: _, ...row }) => row),
        own.truth('nuget'),
      );
      expect(own.standIn.other.requests).toHaveLength(8);
    });
  });
});

describe('what the tests look for', () => {
  it('is found where it is: a secret in each of its forms', () => {
    const secret = 'pass-0123456789';
    const texts = [`x ${secret} y`, Buffer.from(secret).toString('base64'), Buffer.from(`ada:${secret}`).toString('base64')];
    expect(texts.map((text) => holds(text, secret))).toEqual([true, true, true]);
    expect(holds('pass-012345678', secret)).toBe(false);
  });

  it('is found where it is: a row too much, too little, or of another value', () => {
    const row = { measurement: 'm', tags: { a: 'b' }, fields: { c: 1 } };
    expectRows([row], [{ ...row, fields: { c: measured } }]);
    for (const rows of [
      [],
      [row, row],
      [{ ...row, fields: { c: 2 } }],
      [{ ...row, fields: { c: 1, d: 1 } }],
      [{ ...row, tags: { a: 'x' } }],
    ]) {
      expect(() => expectRows(rows, [row])).toThrow();
    }
  });
});

it('docs/faults.md shows this table: `npm run docs` writes it', async () => {
  // The columns of the page are as wide as their widest cell.
  const plain = (text: string) =>
    text
      .replaceAll(/ *\| */g, '|')
      .replaceAll(/-{3,}/g, '---')
      .trim();
  expect(plain(await readFile(new URL('../docs/faults.md', import.meta.url), 'utf8'))).toBe(plain(faultsPage()));
});
