import { describe, expect, it } from 'vitest';
import { failureOf, loadMadeUp, shop } from '../../testing/made-up.ts';
import { UsageError } from '../usage-error.ts';

describe('a selection', () => {
  const config = { providers: { shop: { ...shop, enabled: false }, clouds: { type: 'sky' } } };

  it.each([
    [{ providers: ['cluods'] }, '--providers: kpi.config.json has no provider "cluods"; did you mean "clouds"?'],
    [{ providers: ['github'] }, '--providers: kpi.config.json has no provider "github"; it has shop, clouds'],
    [{ providers: ['sky'] }, '--providers: kpi.config.json has no provider "sky"; of that type it has clouds'],
    [{ providers: ['shop'] }, '--providers: "shop" is disabled in kpi.config.json; remove its "enabled": false'],
    [{ sinks: ['influxdb'] }, '--sinks: kpi.config.json has no sink "influxdb"; it has local'],
  ])('%j is refused', async (select, expected) => {
    const error = await failureOf(config, { select });
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toBe(expected);
  });

  it('may name the database that is there without a config of sinks', async () => {
    expect((await loadMadeUp(config, { select: { sinks: ['local'] } })).sinks).toMatchObject([{ name: 'local', selected: true }]);
  });
});
