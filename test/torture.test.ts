import { expect, it } from 'vitest';
import { kinds } from '../bench/torture/stores/index.ts';
import { trials } from '../bench/torture/trials/index.ts';

// A little of what `npm run torture` does with all stores, in those that need no server: docs/reliability.md. What is killed, crash-collect.test.ts shows.
it.concurrent.each([
  ['exec', 'stops', 1],
  ['influxdb', 'answers', 1],
  ['file', 'disk', 1],
] as const)('%s, tortured by %s', { timeout: 120_000 }, async (store, trial, moments) => {
  const kind = kinds[store];
  if (!kind) throw new TypeError(`there is no store ${store}`);
  const seen = await trials[trial]?.run(kind, { points: 10_000, moments, seed: 7 });
  expect(seen).toMatchObject({ wrong: [], missing: 0, invented: 0 });
  expect(seen?.bites).toBeGreaterThan(0);
});

it('the judge of the torture sees what is missing, invented, doubled or miscounted', async () => {
  const { judge } = await import('../bench/torture/judge.ts');
  const report = { offered: 3, accepted: 1, rejected: 1, pending: 0, lost: 0 } as never;
  const seen = judge({ rerun: 'merges', bites: 0, expected: new Set(['a', 'b']), held: ['a', 'a', 'c'], reports: [report] });
  expect(seen).toMatchObject({ missing: 1, invented: 1, copies: 1 });
  expect(seen.wrong).toEqual([
    'the fault never struck',
    '1 points are missing',
    '1 points were invented',
    '1 copies in a store that merges',
    'offered 3 ≠ 1 + 1 + 0 + 0',
    '1 points were rejected',
  ]);
});

it('every store that kpi writes to is tortured', async () => {
  const { sinks } = await import('../src/sinks/index.ts');
  expect(Object.keys(kinds)).toEqual(expect.arrayContaining(Object.keys(sinks)));
});
