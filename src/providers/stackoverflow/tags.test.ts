import { describe, expect, it, onTestFinished } from 'vitest';
import { createTestClock } from '../../testing/clock.ts';
import { type CollectAllOptions, collectAll } from '../../testing/context.ts';
import { type Fault, transportFault } from '../../testing/stand-in.ts';
import { startStackoverflow } from '../../testing/stand-ins/stackoverflow/index.ts';
import { stackoverflow } from './index.ts';

/** Three calls of the lookup: two whole ones, and five tags. */
const names = Array.from({ length: 45 }, (_, place) => `tag-${place}`);

async function collect(fault: Fault, options: CollectAllOptions = {}) {
  const clock = createTestClock();
  const standIn = await startStackoverflow({ tags: names.map((name) => ({ name })), now: () => clock.now() });
  onTestFinished(() => standIn.close());
  standIn.misbehave(fault);
  const asked = { windows: {}, only: ['stackoverflow_tag'] };
  const seen = await collectAll(stackoverflow, { tagged: names, baseUrl: standIn.baseUrl }, { clock, asked, ...options });
  expect(standIn.bites).toBeGreaterThan(0);
  return {
    ...seen,
    clock,
    found: seen.points.map(({ tags }) => tags.tag),
    failed: [...seen.errors.keys()],
    lookups: standIn.requests.filter(({ path }) => path.endsWith('/info')).map(({ path }) => path.split(';').length),
  };
}

/** A lookup in which this tag stands. */
function holding(...tags: readonly string[]) {
  return ({ path }: { readonly path: string }) => path.endsWith('/info') && tags.some((tag) => path.split(/[/;]/).includes(tag));
}

/** For good, in the API's own words. */
function refusal(when: Fault['when'], error_id = 400, error_message = 'tags'): Fault {
  return { name: '401', when, act: ({ send }) => send({ status: 400, body: { error_id, error_name: 'some_name', error_message } }) };
}

describe('a call that fails', () => {
  it('costs its own tags alone', async () => {
    const { found, failed, errors, lookups } = await collect(transportFault('502-html', holding('tag-20')));
    expect(found).toEqual([...names.slice(0, 20), ...names.slice(40)]);
    expect(failed).toEqual(names.slice(20, 40).map((name) => `tag ${name}`));
    expect(errors.get('tag tag-20')).toMatchObject({ name: 'TransientError', kind: 'server' });
    expect(lookups).toEqual([20, 20, 20, 20, 20, 5]);
  });

  it('for good is asked again tag by tag, and costs the one that is refused', async () => {
    const { found, failed, errors, lookups } = await collect(refusal(holding('tag-3')));
    expect(found).toEqual(names.filter((name) => name !== 'tag-3'));
    expect(failed).toEqual(['tag tag-3']);
    expect(errors.get('tag tag-3')).toMatchObject({ name: 'PermanentError', message: expect.stringContaining('some_name: tags') });
    expect(lookups).toEqual([20, ...Array(20).fill(1), 20, 5]);
  });

  it('in every call is one failure of all, and is not asked for each', async () => {
    const { found, failed, errors, lookups } = await collect(transportFault('502-html', ({ path }) => path.endsWith('/info')));
    expect([found, failed]).toEqual([[], ['connect']]);
    expect(errors.get('connect')).toMatchObject({ name: 'TransientError', kind: 'server' });
    // Two calls of four tries.
    expect(lookups).toEqual(Array(8).fill(20));
  });

  it.each([
    ['no such site', 400, 'No site found for name `stackoverfow`', 'not-found'],
    ['an unknown key', 400, "`key` doesn't match a known application", 'unauthorized'],
    ['no such method', 404, 'no method found with this name', 'not-found'],
  ])('for a reason that is that of all is not asked again: %s', async (_, id, words, kind) => {
    const { found, errors, lookups } = await collect(refusal(({ path }) => path.endsWith('/info'), id, words));
    expect([found, lookups]).toEqual([[], [20]]);
    expect(errors.get('connect')).toMatchObject({ kind });
  });
});
