import { describe, expect, it } from 'vitest';
import { madeUpFolder } from '../../testing/made-up.ts';
import type { LoadOptions } from './config.ts';
import { type ShownConfig, showConfig } from './show.ts';

async function show(config: object, options: Partial<LoadOptions> = {}): Promise<ShownConfig> {
  await using folder = await madeUpFolder({ 'kpi.config.json': config });
  const shown = await showConfig(folder.options(options));
  return JSON.parse(JSON.stringify(shown).replaceAll(folder.dir, 'DIR')) as ShownConfig;
}

describe('showConfig', () => {
  it('shows the config as it works: filled, with its defaults, without its secrets', async () => {
    const config = {
      tags: { team: '${TEAM}' },
      providers: { shop: { token: '${SHOP_TOKEN}', cities: [{ name: '${CITY:-Riga}' }] }, clouds: { type: 'sky', every: '1d' } },
    };
    expect(await show(config, { env: { SHOP_TOKEN: 'shop-token-value', TEAM: 'growth' } })).toEqual({
      file: 'DIR/kpi.config.json',
      config: {
        run: { concurrency: 64, timeout: '10m', failOn: 'required', stateDir: 'DIR/.kpi', state: 'local' },
        tags: { team: 'growth' },
        providers: {
          shop: {
            type: 'shop',
            enabled: true,
            required: true,
            token: '***',
            cities: [{ name: 'Riga', open: true }],
            baseUrl: 'https://shop.example',
            size: 50,
            mode: 'fast',
          },
          clouds: { type: 'sky', enabled: true, required: true, every: '1d' },
        },
        store: 'local',
        sinks: { local: { type: 'sqlite', enabled: true, required: true, autoInit: true, path: 'kpi.db' } },
        outbox: { maxBytes: '1GiB' },
      },
      unset: [],
    });
  });

  it('works without the variables, and names them', async () => {
    const config = {
      providers: { shop: { token: '${SHOP_TOKEN}', cities: [{ name: 'Riga' }], baseUrl: '${SHOP_URL}' } },
      tags: { a: '${A}' },
    };
    const { unset, config: shown } = await show(config);
    expect(unset).toEqual([
      { path: 'tags.a', variable: 'A' },
      { path: 'providers.shop.token', variable: 'SHOP_TOKEN' },
      { path: 'providers.shop.baseUrl', variable: 'SHOP_URL' },
    ]);
    expect(shown).toMatchObject({ tags: { a: '${A}' }, providers: { shop: { token: '${SHOP_TOKEN}', baseUrl: '${SHOP_URL}', size: 50 } } });
  });

  it('shows no secret, wherever it stands', async () => {
    const config = {
      tags: { a: '${API_KEY}', b: 'x-${API_KEY}-y' },
      providers: {
        shop: {
          token: 'literal-token',
          cities: [{ name: 'literal-token' }],
          baseUrl: 'https://me:pass-value@x.example/?token=query-value&page=1',
        },
        half: { type: 'shop', token: 'other-token', cities: [{ name: 'Riga' }], baseUrl: '${UNSET}' }, // no settings, and still a secret
        off: { type: 'shop', enabled: false, token: 'third-token', cities: [{ name: '${CITY}' }] },
      },
      sinks: {
        vault: { path: 'v', password: { command: ['print', 'fourth-token'] } },
        sqlite: { path: 's', password: { file: 'fifth-token' } },
      },
    };
    const shown = await show(config, { env: { API_KEY: 'env-key-value', UNSET: '' } });
    expect(JSON.stringify(shown)).not.toMatch(/literal-token|other-token|third-token|fourth|fifth|pass-value|query-value|env-key/);
    expect(shown.config).toMatchObject({
      tags: { a: '***', b: 'x-***-y' },
      providers: {
        shop: { token: '***', cities: [{ name: '***' }], baseUrl: 'https://***@x.example/?token=***&page=1' },
        half: { token: '***', baseUrl: '${UNSET}' },
        off: { enabled: false, token: '***', cities: [{ name: '${CITY}' }] },
      },
      sinks: { vault: { password: '***' }, sqlite: { password: '***' } },
    });
  });

  it('runs no command', async () => {
    const sinks = { vault: { path: 'v', password: { command: ['no-such-program'] } } };
    expect((await show({ providers: { sky: {} }, sinks })).config).toMatchObject({ sinks: { vault: { password: '***' } } });
  });

  it('does not mask short values inside of others', async () => {
    const config = { tags: { a: '${API_KEY}', b: 'about' }, providers: { sky: {} } };
    expect((await show(config, { env: { API_KEY: 'a' } })).config.tags).toEqual({ a: '***', b: 'about' });
  });

  it('refuses a config that is wrong', async () => {
    await expect(show({ providers: { skyy: {} } })).rejects.toThrow('kpi.config.json has a problem; nothing was started');
  });
});
