import { describe, expect, it } from 'vitest';
import type { Secret } from '../../sdk/secret.ts';
import { loadMadeUp, problemsOf, settingsOf, shop, shopEnv } from '../../testing/made-up.ts';

describe('what is not selected', () => {
  const config = {
    providers: {
      shop: { token: '${SHOP_TOKEN}', cities: [{ name: '${CITY}' }], baseUrl: '${SHOP_URL}', size: '${SIZE}', mode: '${MODE}' },
      sky: {},
    },
    sinks: { sqlite: { path: 'kpi.db' }, vault: { path: '${VAULT}', password: '${VAULT_PASSWORD}' } },
  };

  it('needs no variable', async () => {
    const loaded = await loadMadeUp(config, { select: { providers: ['sky'], sinks: ['sqlite'] } });
    expect(loaded.providers.map(({ name, selected, settings }) => ({ name, selected, settings }))).toEqual([
      { name: 'shop', selected: false, settings: undefined },
      { name: 'sky', selected: true, settings: {} },
    ]);
    expect(loaded.sinks.map(({ selected }) => selected)).toEqual([true, false]);
    expect(loaded.secrets).toEqual([]);
  });

  it('is as wrong as ever in all that is no variable', async () => {
    const broken = { ...config, providers: { ...config.providers, shop: { ...config.providers.shop, sise: 5, cities: [] } } };
    expect(await problemsOf(broken, { select: { providers: ['sky'], sinks: ['sqlite'] } })).toEqual([
      'providers.shop.cities: must not be empty',
      'providers.shop.sise: is not known here; did you mean "size"?',
    ]);
  });

  it('includes what is disabled, and every sink of a dry run', async () => {
    const off = { ...config, providers: { ...config.providers, shop: { ...config.providers.shop, enabled: false } } };
    const loaded = await loadMadeUp(off, { select: { dryRun: true }, env: { VAULT_PASSWORD: 'never-touched' } });
    expect(loaded.providers.map(({ selected }) => selected)).toEqual([false, true]);
    expect(loaded.sinks.map(({ selected }) => selected)).toEqual([false, false]);
    expect(loaded.secrets).toEqual([]);
  });

  it('is resolved in a dry run where it is the store, and that is to be asked', async () => {
    const select = { providers: ['sky'], dryRun: true, asksStore: true };
    const env = { VAULT: 'v', VAULT_PASSWORD: 'the-password-of-the-vault' };
    const loaded = await loadMadeUp({ ...config, store: 'vault' }, { select, env });
    expect(loaded.sinks.map(({ selected }) => selected)).toEqual([false, false]);
    expect(loaded.secrets).toEqual(['the-password-of-the-vault']);
    expect((await loadMadeUp({ ...config, store: 'sqlite' }, { select, env })).secrets).toEqual([]);
    expect(await problemsOf({ ...config, store: 'vault' }, { select })).toEqual([
      expect.stringContaining('sinks.vault.path: the variable VAULT is not set'),
      expect.stringContaining('sinks.vault.password: the variable VAULT_PASSWORD is not set'),
    ]);
  });

  it('tells its measurements all the same, where the variables happen to be set', async () => {
    const variables = { CITY: 'Riga', SHOP_URL: 'https://x.example', SIZE: '5', MODE: 'slow', SHOP_TOKEN: 'x' };
    const { providers } = await loadMadeUp(config, { select: { providers: [], sinks: ['sqlite'] }, env: variables });
    expect(providers[0]).toMatchObject({ selected: false, settings: { mode: 'slow', size: 5 } });
  });

  it('keeps its variables as text', async () => {
    const { providers } = await loadMadeUp({ providers: { shop } }, { select: { providers: [] }, env: shopEnv });
    expect(settingsOf<{ token: Secret }>(providers).token.reveal()).toBe('${SHOP_TOKEN}');
  });

  it('runs no command and reads no file for its secrets', async () => {
    const sinks = { sqlite: { path: 'x', password: { command: ['no-such-program'] } }, vault: { path: 'x', password: { file: 'gone' } } };
    const loaded = await loadMadeUp({ providers: { sky: {} }, sinks }, { select: { sinks: [] } });
    expect(() => settingsOf<{ password: Secret }>(loaded.sinks).password.reveal()).toThrow('was not resolved');
  });
});
