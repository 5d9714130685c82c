import { describe, expect, it } from 'vitest';
import type { ConfigError } from '../../sdk/errors.ts';
import { measurement, text } from '../../sdk/measurement.ts';
import { loadMadeUp, madeUpFolder, problemsOf, shop, shopEnv } from '../../testing/made-up.ts';
import { loadConfig } from './load.ts';

describe('tags', () => {
  const own = [measurement('kpi_run', { help: 'A run.', time: 'event', tags: { shard: 'part' }, fields: { status: text() } })];

  it('are not those of a measurement that carries them', async () => {
    const config = {
      tags: { city: 'x', status: 'y' },
      providers: { shop: { ...shop, tags: { sold: 'z' } }, sky: { tags: { sold: 'fine here', time: 'x' } } },
    };
    expect(await problemsOf(config, { env: shopEnv, own })).toEqual([
      'providers.shop.tags.sold: is already a field of shop_sales; choose another name',
      'providers.sky.tags.time: is no name of a tag: kpi uses it itself; choose another',
      'tags.city: is already a tag of shop_sales; choose another name',
      'tags.status: is already a field of kpi_run; choose another name',
    ]);
  });

  it('hold no secret, in any form and from any source', async () => {
    const refused = 'holds a secret, or a variable whose name says that it is one, and would stand in every point; give it another value';
    const config = {
      tags: { a: 'x ${SHOP_TOKEN}', b: 'shop-token-value', c: '${OTHER}', d: 'fine' },
      providers: {
        shop: { ...shop, tags: { e: Buffer.from('me:shop-token-value').toString('base64') } },
        sky: { tags: { f: '${OTHER}' } },
      },
      sinks: { pipe: { path: 'x', password: { file: 'password' } } },
    };
    const env = { ...shopEnv, OTHER: 'from-a-file' };
    await using folder = await madeUpFolder({ 'kpi.config.json': config, password: 'from-a-file\n' });
    const error = await loadConfig(folder.options({ env })).catch((one: unknown) => one);
    expect((error as ConfigError).problems.map(({ path, message }) => `${path}: ${message}`)).toEqual(
      ['tags.a', 'tags.b', 'tags.c', 'providers.shop.tags.e', 'providers.sky.tags.f'].map((path) => `${path}: ${refused}`),
    );
    expect(String(error)).not.toContain('shop-token-value');
  });

  it('may be variables', async () => {
    const config = { tags: { team: '${TEAM}' }, providers: { sky: { tags: { host: '${HOST:-none}' } } } };
    expect((await loadMadeUp(config, { env: { TEAM: 'growth' } })).providers[0]?.tags).toEqual({ team: 'growth', host: 'none' });
    expect(await problemsOf(config, { env: { TEAM: '' } })).toEqual([
      'tags.team: the variable TEAM is empty, which counts as not set; set it in the environment or in the file of --env-file',
    ]);
  });
});

describe('only', () => {
  it('names measurements that there are', async () => {
    const config = {
      providers: { shop: { ...shop, only: ['shop_*', 'shop_sale', 'github_*'] }, sky: { only: ['Weather'] } },
      sinks: { pipe: { path: 'x', only: ['weather_*', 'kpi_*', 'shop_visit'] } },
    };
    expect(await problemsOf(config)).toEqual([
      'providers.sky.only[0]: must be the name of a measurement, with * for any letters: github_*',
      'providers.shop.only[1]: fits no measurement of "shop"; did you mean "shop_sales"?',
      'providers.shop.only[2]: fits no measurement of "shop"; there are shop_sales, shop_visits',
      'sinks.pipe.only[1]: fits no measurement of any provider; there are shop_sales, shop_visits, weather_now',
      'sinks.pipe.only[2]: fits no measurement of any provider; did you mean "shop_visits"?',
    ]);
  });

  it('of a sink may name those of a provider that is disabled', async () => {
    const config = { providers: { shop: { ...shop, enabled: false }, sky: {} }, sinks: { pipe: { path: 'x', only: ['shop_*'] } } };
    expect(await problemsOf(config, {})).toEqual([]);
  });
});
