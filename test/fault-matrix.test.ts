import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createTestClock } from '../src/testing/clock.ts';
import { faultNames } from '../src/testing/stand-in.ts';
import { measured, world } from './faults/cells.ts';
import { checkArrived, checkWritten, expectRows, holds, spoken } from './faults/checks.ts';
import { shards } from './faults/fault-tests.ts';
import { matrix } from './faults/matrix.ts';
import { faultsPage } from './faults/page.ts';
import { inFolder, runCell } from './faults/run-cell.ts';
import { faultOf, kinds, providerNames, started } from './faults/upstreams.ts';

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
});

it('has a file for each shard of the faults', async () => {
  const files = (await readdir(new URL('faults', import.meta.url))).filter((name) => name.endsWith('.test.ts'));
  expect(files.sort()).toEqual(Array.from({ length: shards }, (_, place) => `shard-${place + 1}.test.ts`));
});

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
      checkArrived(own, arrived);
      checkWritten(seen, [own]);
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
