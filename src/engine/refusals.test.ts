import { expect, it } from 'vitest';
import { createRedactor } from './redact.ts';
import { createRefusals } from './refusals.ts';
import { createTally } from './tally.ts';

function refusing() {
  const redactor = createRedactor();
  redactor.add('s3cret-token');
  const tally = createTally(redactor.text, () => {});
  return { tally, refusals: createRefusals(tally, redactor) };
}

it('names a point by what it has', () => {
  const { tally, refusals } = refusing();
  for (const point of [{ measurement: 'stars', tags: { repo: 'a/b' } }, { measurement: 'stars' }, null, 'text'])
    refusals.add('t', point, 'odd');
  refusals.end();
  expect(tally.problems.map(({ item }) => item)).toEqual(['stars a/b', 'stars', '', '']);
  expect(tally.problems[0]).toMatchObject({ target: 't', kind: 'invalid-point', message: 'a point was not taken: odd' });
});

it('cuts a long name after its secrets were taken out', () => {
  const { tally, refusals } = refusing();
  refusals.add('t', { measurement: 'stars', tags: { repo: `${'x'.repeat(485)} s3cret-token` } }, 'odd');
  expect(tally.problems[0]?.item).toMatch(/^stars x+ \*\*\*$/);
});
