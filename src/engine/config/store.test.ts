import { describe, expect, it } from 'vitest';
import { loadMadeUp, problemsOf } from '../../testing/made-up.ts';

describe('store', () => {
  const providers = { sky: {} };
  const sinks = { pipe: { path: 'p' }, vault: { path: 'v' }, sqlite: { path: 's' } };

  it('is the first sink that can answer', async () => {
    expect((await loadMadeUp({ providers, sinks })).store).toBe('vault');
    expect((await loadMadeUp({ providers, sinks: { ...sinks, vault: { path: 'v', enabled: false } } })).store).toBe('sqlite');
    expect((await loadMadeUp({ providers, sinks: { pipe: { path: 'p' } } })).store).toBeUndefined();
  });

  it.each([
    [{ store: 'pipe' }, 'store: names the sink "pipe", which cannot answer questions; vault, sqlite can'],
    [{ store: 'none' }, 'store: names no sink; the sinks are pipe, vault, sqlite'],
    [{ store: 5 }, 'store: must be a string, not a number: put it in quotes'],
    [{ store: 'off' }, 'store: names the sink "off", which is disabled'],
    [{ store: 'sqlite', run: { state: 'store' } }, 'run.state: cannot be "store": the sink "sqlite" cannot hold kpi\'s own memory'],
  ])('%j is refused', async (more, expected) => {
    const off = { off: { type: 'vault', path: 'v', enabled: false } };
    expect(await problemsOf({ providers, sinks: 'store' in more && more.store === 'off' ? { ...sinks, ...off } : sinks, ...more })).toEqual(
      [expected],
    );
  });

  it('cannot hold the state where there is none', async () => {
    expect(await problemsOf({ providers, sinks: { pipe: { path: 'p' } }, run: { state: 'store' } })).toEqual([
      'run.state: cannot be "store": no sink can be the store',
    ]);
  });

  it('that holds the state is resolved, selected or not, but for a dry run', async () => {
    const config = { providers, sinks: { pipe: { path: 'p' }, vault: { path: 'v', password: '${VAULT}' } }, run: { state: 'store' } };
    const options = { env: { VAULT: 'vault-password' }, select: { sinks: ['pipe'] } };
    expect((await loadMadeUp(config, options)).secrets).toEqual(['vault-password']);
    expect((await loadMadeUp(config, options)).sinks.map(({ selected }) => selected)).toEqual([true, false]);
    expect((await loadMadeUp(config, { ...options, select: { dryRun: true } })).secrets).toEqual([]);
  });
});
