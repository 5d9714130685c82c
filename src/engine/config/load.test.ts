import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError } from '../../sdk/errors.ts';
import type { AnyProvider } from '../../sdk/provider.ts';
import { type Secret, secret } from '../../sdk/secret.ts';
import type { AnySink } from '../../sdk/sink.ts';
import {
  failureOf,
  loadMadeUp,
  madeUpFolder,
  madeUpProviders,
  madeUpSinks,
  problemsOf,
  settingsOf,
  shop,
  shopEnv,
} from '../../testing/made-up.ts';
import type { Config } from './config.ts';
import { loadConfig } from './load.ts';

describe('loadConfig', () => {
  it('gives what the config says, and the defaults for what it does not', async () => {
    await using folder = await madeUpFolder({ 'kpi.config.json': { providers: { shop, sky: {} } } });
    const config = await loadConfig(folder.options({ env: shopEnv }));
    expect(config).toMatchObject({
      file: join(folder.dir, 'kpi.config.json'),
      dir: folder.dir,
      run: { concurrency: 64, timeoutMs: 600_000, failOn: 'required', stateDir: join(folder.dir, '.kpi'), state: 'local' },
      tags: {},
      store: 'local',
      outbox: { maxBytes: 1024 ** 3 },
      warnings: [],
      secrets: ['shop-token-value'],
    });
    expect(config.run.every).toBeUndefined();
    expect(
      config.providers.map(({ name, type, enabled, selected, required, tags }) => ({ name, type, enabled, selected, required, tags })),
    ).toEqual([
      { name: 'shop', type: 'shop', enabled: true, selected: true, required: true, tags: {} },
      { name: 'sky', type: 'sky', enabled: true, selected: true, required: true, tags: {} },
    ]);
    const settings = settingsOf<{ token: Secret; size: number }>(config.providers);
    expect(settings.size).toBe(50);
    expect(settings.token.reveal()).toBe('shop-token-value');
    expect(config.providers[0]).not.toHaveProperty('every');
    expect(config.sinks).toMatchObject([
      { name: 'local', type: 'sqlite', selected: true, required: true, autoInit: true, settings: { path: 'kpi.db' } },
    ]);
  });

  it('gives a provider the period of the run, where it has none of its own', async () => {
    const config = await loadMadeUp({ run: { every: '4h' }, providers: { sky: {}, clouds: { type: 'sky', every: '1d' } } });
    expect(config.providers.map(({ name, every }) => [name, every?.text])).toEqual([
      ['sky', '4h'],
      ['clouds', '1d'],
    ]);
  });

  it('gives every setting that is there', async () => {
    const config = await loadMadeUp(
      {
        $schema: './kpi.config.schema.json',
        run: { every: '4h', concurrency: 8, timeout: '90s', failOn: 'any', stateDir: 'memory', state: 'store' },
        tags: { team: 'growth', site: 'all' },
        providers: {
          'my-shop': { type: 'shop', ...shop, required: false, only: ['*_sales'], tags: { site: 'one' }, every: '1mo', settle: '3d' },
          off: { type: 'sky', enabled: false },
        },
        sinks: { pipe: { path: 'p', only: ['shop_*'], autoInit: true, required: false }, vault: { path: 'v' } },
        store: 'vault',
        outbox: { maxBytes: '500MB' },
      },
      { env: { ...shopEnv, KPI_STATE_DIR: '/tmp/elsewhere' } },
    );
    expect(config.run).toEqual({
      every: { unit: 'fixed', ms: 14_400_000, text: '4h' },
      concurrency: 8,
      timeoutMs: 90_000,
      failOn: 'any',
      stateDir: '/tmp/elsewhere',
      state: 'store',
    });
    expect(config.tags).toEqual({ team: 'growth', site: 'all' });
    expect(config.providers).toMatchObject([
      {
        name: 'my-shop',
        type: 'shop',
        required: false,
        only: ['*_sales'],
        tags: { team: 'growth', site: 'one' },
        every: { unit: 'month' },
        settleMs: 259_200_000,
        selected: true,
      },
      { name: 'off', enabled: false, selected: false },
    ]);
    expect(config.sinks).toMatchObject([
      { name: 'pipe', only: ['shop_*'], autoInit: true, required: false },
      { name: 'vault', autoInit: false },
    ]);
    expect(config.store).toBe('vault');
    expect(config.outbox.maxBytes).toBe(500_000_000);
  });

  it('reads KPI_STATE_DIR from where the command stands, and the setting from where the config does', async () => {
    await using folder = await madeUpFolder({ 'etc/kpi.config.json': { providers: { sky: {} }, run: { stateDir: 'memory' } } });
    const options = folder.options({ file: 'etc/kpi.config.json' });
    expect((await loadConfig(options)).run.stateDir).toBe(join(folder.dir, 'etc/memory'));
    expect((await loadConfig({ ...options, env: { KPI_STATE_DIR: 'here' } })).run.stateDir).toBe(join(folder.dir, 'here'));
    expect((await loadConfig({ ...options, env: { KPI_STATE_DIR: '' } })).run.stateDir).toBe(join(folder.dir, 'etc/memory'));
  });

  it('fills from the file of --env-file', async () => {
    const config = await loadMadeUp({ providers: { shop } }, { envFile: '.env' }, { '.env': 'SHOP_TOKEN=from-the-file\n' });
    expect(config.secrets).toEqual(['from-the-file']);
  });

  it('tells of a literal secret, and of a config that is not read', async () => {
    const config = await loadMadeUp({ providers: { shop: { ...shop, token: 'literal-token' } } }, {}, { 'kpi.config.yaml': '' });
    expect(config.warnings).toEqual([
      { path: 'kpi.config.yaml', message: 'is not read: kpi.config.json is, which comes first' },
      { path: 'providers.shop.token', message: expect.stringContaining('stands in the file itself') },
    ]);
  });
});

describe('what is wrong', () => {
  it('is told all at once, with its place', async () => {
    const error = await failureOf({
      run: { every: '7m', concurrency: 0, timeout: '0s', failon: 'any' },
      tags: { Team: 'x', shard: 5, city: 'y', ok: '' },
      provider: {},
      github: {},
      providers: {
        shop: { token: '${SHOP_TOKEN}', cities: [{ name: 5 }], enabld: true, settle: 'soon', only: ['shop_sale'] },
        'Bad name': { type: 'sky' },
        skyy: {},
        docs: { type: 'website' },
        moon: {},
        list: [],
        half: { type: 'sky', enabled: 'no' },
      },
      sinks: { vault: {}, pipe: { path: 'x', tags: {} } },
      store: 'vautl',
      outbox: { maxBytes: 'much' },
    });
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message).toBe('kpi.config.json has 23 problems; nothing was started');
    expect((error as ConfigError).problems.map(({ path, message }) => `${path}: ${message}`).sort()).toEqual(
      [
        'github: is not known here',
        'provider: is not known here; did you mean "providers"?',
        'run.every: must be a period that divides 24 h or is whole days, such as 15m, 4h, 1d, 1w or 1mo',
        'run.concurrency: must be at least 1',
        'run.timeout: must be a duration up to 24h, such as 90s, 10m or 4h',
        'run.failon: is not known here; did you mean "failOn"?',
        'tags.Team: is no name of a tag: it must match ^[a-z][a-z0-9_]{0,62}$',
        'tags.shard: must be a string, not a number: put it in quotes',
        'tags.ok: must not be empty',
        'outbox.maxBytes: must be a size, such as 1GiB or 500MB',
        'providers["Bad name"]: is no name of an entry: it must begin with a small letter, and go on with a-z, 0-9, - and _',
        'providers.skyy: there is no provider "skyy"; did you mean "sky"?',
        'providers.docs.type: there is no provider "website"; choose another: shop, sky',
        'providers.moon: there is no provider "moon"; say by "type" which provider it is: shop, sky',
        'providers.list: must be an object, not a list',
        'providers.half.enabled: must be true or false, not a string',
        'providers.shop.settle: must be a duration up to 3660d, such as 90s, 10m, 4h or 3d',
        'providers.shop.token: the variable SHOP_TOKEN is not set; set it in the environment or in the file of --env-file',
        'providers.shop.cities[0].name: must be a string, not a number: put it in quotes',
        'providers.shop.enabld: is not known here; did you mean "enabled"?',
        'sinks.vault.path: is missing',
        'sinks.pipe.tags: is not known here',
        'store: names no sink; did you mean "vault"?',
      ].sort(),
    );
  });

  it('is none for a command that works with no provider, where the config names none on purpose', async () => {
    const none = { providers: [], sinks: [] };
    await using folder = await madeUpFolder({ 'kpi.config.json': { providers: {} } });
    expect((await loadConfig(folder.options({ select: none }))).providers).toEqual([]);
    await using bare = await madeUpFolder({ 'kpi.config.json': {} });
    await expect(loadConfig(bare.options({ select: none }))).rejects.toThrow('has a problem');
  });

  it('includes a config without providers', async () => {
    expect(await problemsOf({})).toEqual(['providers: names no provider; add one of shop, sky']);
    expect(await problemsOf({ providers: {} })).toEqual(['providers: names no provider; add one of shop, sky']);
    expect(await problemsOf({ providers: [] })).toEqual(['providers: must be an object, not a list']);
    expect(await problemsOf({ providers: { sky: null } })).toEqual(['providers.sky: must be an object, not null']);
  });

  it('includes what stands one level too high', async () => {
    expect(await problemsOf({ sky: {}, vault: {}, providers: { sky: {} } })).toEqual([
      'sky: is not known here; providers stand under "providers"',
      'vault: is not known here; sinks stand under "sinks"',
    ]);
  });

  it('includes what only the whole shows', async () => {
    const cities = [{ name: 'Riga' }, { name: 'Oslo' }, { name: 'Riga' }];
    expect(await problemsOf({ providers: { shop: { ...shop, cities } } })).toEqual([
      'providers.shop.cities[2].name: stands here a second time',
    ]);
  });

  it('includes a type or an enabled that is a variable', async () => {
    expect(await problemsOf({ providers: { sky: { enabled: '${ON}' }, x: { type: '${T}' } } }, { env: { ON: 'true', T: 'sky' } })).toEqual([
      'providers.sky.enabled: must be written out: no ${} can stand here',
      'providers.x.type: must be written out: no ${} can stand here',
    ]);
  });
});

describe('variables of a sink', () => {
  const vault = async () => {
    const sink = await madeUpSinks.vault?.();
    return { ...sink, variables: { path: 'VAULT_PATH', password: 'VAULT_PASSWORD' } } as AnySink;
  };
  const sinks = { ...madeUpSinks, vault };
  const env = { VAULT_PATH: 'from-a-variable', VAULT_PASSWORD: 'password-of-variable' };
  const load = (own: object, options: object = {}) =>
    loadMadeUp({ providers: { sky: {} }, sinks: { vault: own } }, { sinks, env, ...options });

  it('are taken for what the entry does not say, and their secrets are known', async () => {
    const { sinks: loaded, secrets, warnings } = await load({});
    const settings = settingsOf<{ path: string; password: Secret }>(loaded);
    expect([settings.path, settings.password.reveal()]).toEqual(['from-a-variable', 'password-of-variable']);
    expect([secrets, warnings]).toEqual([['password-of-variable'], []]);
  });

  it('are not taken where the entry says it, the variable is empty, or the sink is not selected', async () => {
    expect(settingsOf((await load({ path: 'own', password: { command: ['printf', 'x'] } })).sinks)).toMatchObject({ path: 'own' });
    const none = await load({ path: 'own' }, { env: { VAULT_PATH: 'x', VAULT_PASSWORD: '' } });
    expect(settingsOf(none.sinks)).toEqual({ path: 'own' });
    expect((await load({ path: 'own' }, { select: { dryRun: true } })).secrets).toEqual([]);
  });
});

describe('secrets', () => {
  const sinks = (password: unknown) => ({ providers: { sky: {} }, sinks: { vault: { path: 'x', password } } });
  const password = (config: Config) => settingsOf<{ password: Secret }>(config.sinks).password.reveal();

  it('come from a file beside the config', async () => {
    const config = await loadMadeUp(sinks({ file: 'secrets/${NAME}' }), { env: { NAME: 'vault' } }, { 'secrets/vault': 'from-a-file\n' });
    expect(password(config)).toBe('from-a-file');
    expect(config.secrets).toEqual(['from-a-file']);
  });

  it('come from a command', async () => {
    const config = await loadMadeUp(sinks({ command: ['printf', 'from-a-command\n'] }));
    expect(password(config)).toBe('from-a-command');
    expect(config.secrets).toEqual(['from-a-command']);
  });

  it.each([
    ['written out', 'https://a.example/auth/key-of-feed/index.json', 'https://a.example/auth/key-of-feed/index.json'],
    ['from a file', { file: 'feed' }, 'https://b.example/auth/key-of-file/index.json'],
  ])('have parts that are secrets alone, too: %s', async (_, feed, value) => {
    const settings = z.strictObject({ feed: secret((text) => text.split('/').slice(4, 5)).describe('Where.') });
    const sky = await madeUpProviders.sky?.();
    const providers = { sky: async () => ({ ...sky, settings, example: { feed: 'x' } }) as AnyProvider };
    const config = await loadMadeUp(
      { providers: { sky: { feed } } },
      { providers },
      { feed: 'https://b.example/auth/key-of-file/index.json\n' },
    );
    expect(config.secrets).toEqual([value, value.split('/')[4]]);
  });

  it('that are not to be had are problems, with their place', async () => {
    expect(await problemsOf(sinks({ file: 'gone' }))).toEqual([
      'sinks.vault.password: is not to be had: the file gone cannot be read: it does not exist',
    ]);
    expect(await problemsOf(sinks({ command: ['false'] }))).toEqual([
      'sinks.vault.password: is not to be had: the command false ended with exit code 1',
    ]);
  });

  it('of a command are not fetched for a config that is wrong anyway', async () => {
    await using folder = await madeUpFolder({ 'kpi.config.json': { ...sinks({ command: ['touch', 'ran'] }), tag: {} } });
    await expect(loadConfig(folder.options())).rejects.toThrow(ConfigError);
    await expect(access(join(folder.dir, 'ran'))).rejects.toThrow('ENOENT');
  });

  it('are told before the error that follows', async () => {
    const heard: string[] = [];
    const config = { providers: { shop: { ...shop, size: 0 } }, sinks: { vault: { path: 'postgres://kpi:pass-value@db/kpi' } } };
    await failureOf(config, { env: shopEnv, onSecret: (value) => heard.push(value) });
    expect(heard.sort()).toEqual(['pass-value', 'shop-token-value']);
  });

  it('include variables by their name, and passwords in addresses', async () => {
    const config = await loadMadeUp(
      { providers: { sky: {} }, sinks: { pipe: { path: '${MY_AUTH}/${PLAIN}' }, vault: { path: 'https://me:p%40ss@x.example' } } },
      { env: { MY_AUTH: 'auth-value', PLAIN: 'plain-value' } },
    );
    expect([...config.secrets].sort()).toEqual(['auth-value', 'p%40ss', 'p@ss']);
  });
});
