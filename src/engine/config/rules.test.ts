import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AnyProvider } from '../../sdk/provider.ts';
import { secret } from '../../sdk/secret.ts';
import { madeUpProviders, madeUpSinks } from '../../testing/made-up.ts';
import { providerRules, sinkRules } from './rules.ts';

async function shopWith(settings: z.ZodType, example: Readonly<Record<string, unknown>> = {}, name = 'shop'): Promise<AnyProvider> {
  const shop = await madeUpProviders.shop?.();
  if (!shop) throw new Error('there is no shop');
  return { ...shop, name, settings, example };
}

describe('the rules for all integrations', () => {
  it('are kept by the made-up ones', async () => {
    for (const load of Object.values(madeUpProviders)) expect(providerRules(await load())).toEqual([]);
    for (const load of Object.values(madeUpSinks)) expect(sinkRules(await load())).toEqual([]);
  });

  it('refuse a key that every entry has', async () => {
    const every = z.strictObject({ every: z.string().optional().describe('x'), autoInit: z.boolean().optional().describe('x') });
    const shop = await shopWith(every);
    expect(providerRules(shop)).toEqual(['every is a key that every entry has: choose another']);
    expect(providerRules(await shopWith(z.strictObject({ guards: z.string().optional().describe('x') })))).toHaveLength(1);
  });

  it('refuse an object that drops keys, at any depth', async () => {
    const inside = z
      .strictObject({
        sites: z
          .array(z.object({ url: z.string().describe('x') }))
          .default([])
          .describe('x'),
      })
      .superRefine(() => {});
    expect(providerRules(await shopWith(inside))).toEqual(['sites[] must be a strictObject: an unknown key would be dropped in silence']);
    expect(providerRules(await shopWith(z.object({})))).toEqual([
      'the settings must be a strictObject: an unknown key would be dropped in silence',
    ]);
  });

  it('want a description of every setting', async () => {
    const settings = z.strictObject({
      a: z.string().optional(),
      b: secret().optional().describe('x'),
      c: z.strictObject({ d: z.int() }).optional().describe('x'),
    });
    expect(providerRules(await shopWith(settings))).toEqual(['a has no description', 'c.d has no description']);
  });

  it('want an example that is valid, and a name that an instance can have', async () => {
    const settings = z.strictObject({ a: z.string().describe('x') });
    expect(providerRules(await shopWith(settings, { type: 'shop' }))).toEqual([expect.stringContaining('the example is not valid: a: ')]);
    expect(providerRules(await shopWith(settings, { a: 'x', type: 'shop', every: '4h' }))).toEqual([]);
    expect(providerRules(await shopWith(settings, { a: 'x' }, 'Shop'))).toEqual([expect.stringContaining('the name Shop must match')]);
  });
});
