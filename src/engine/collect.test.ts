import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, PermanentError } from '../sdk/errors.ts';
import { gauge, measurement } from '../sdk/measurement.ts';
import { defineProvider } from '../sdk/provider.ts';
import { createTestOutside } from '../testing/outside.ts';
import { type CollectFlags, collect } from './collect.ts';
import type { Config, ProviderInstance } from './config/config.ts';
import { createRedactor } from './redact.ts';
import { UsageError } from './usage-error.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-collect-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const shop = ['shop_sales', 'shop_visits'].map((name) =>
  measurement(name, { help: '', time: 'snapshot', tags: { city: '' }, fields: { n: gauge() } }),
);

/** A provider that says a number twice, which a test may declare a secret. */
function instance(name: string, more: Partial<ProviderInstance> = {}): ProviderInstance {
  const provider = defineProvider<object, string>({
    name,
    help: '',
    settings: z.object({}),
    example: {},
    measurements: () => shop,
    limits: () => [{ name: 'calls', key: [name], concurrency: 1, source: 'a test' }],
    targets: () => ['Riga'],
    label: (target) => target,
    connect(_settings, context) {
      context.quota({ remaining: 12345678, limit: 20000000 });
      throw new PermanentError('no shop has 12345678', { kind: 'not-found' });
    },
  });
  return { name, type: name, provider, settings: {}, enabled: true, selected: true, required: true, tags: {}, ...more };
}

function start(flags: CollectFlags, providers: readonly ProviderInstance[], secret = '') {
  const redactor = createRedactor();
  redactor.add(secret);
  const config: Config = {
    file: join(dir, 'kpi.config.json'),
    dir,
    run: { concurrency: 4, timeoutMs: 60_000, failOn: 'required', stateDir: join(dir, '.kpi'), state: 'local' },
    tags: {},
    providers,
    sinks: [],
    store: undefined,
    outbox: { maxBytes: 1024 ** 3 },
    warnings: [],
    secrets: [],
  };
  const outside = createTestOutside({ cwd: dir });
  return collect(config, { dryRun: true, ...flags }, { outside, redactor, userAgent: 'kpi/1.0', listen: () => {} });
}

describe('--measurements', () => {
  it.each([
    ['shop_visit', 'is none of what is collected: did you mean shop_visits?'],
    ['weather', 'is none of what is collected (shop_sales, shop_visits)'],
  ])('%s %s', async (pattern, message) => {
    const started = start({ measurements: ['shop_sales', pattern] }, [instance('shop')]);
    await expect(started).rejects.toThrow(new UsageError(`--measurements ${pattern} ${message}`));
  });

  it('is refused where the config leaves out all of it: nothing would be collected, and the run be well', async () => {
    const providers = [instance('a', { only: ['*_sales'] }), instance('b', { only: ['shop_sales'] })];
    const started = start({ measurements: ['*_visits'] }, providers);
    await expect(started).rejects.toThrow(
      new UsageError('--measurements *_visits is left out by providers.a.only and providers.b.only of the config'),
    );
    expect(readdirSync(dir)).toEqual([]);
    const also = await start({ measurements: ['*_visits'] }, [...providers, instance('c')]);
    expect(also.providers.map((one) => one.name)).toEqual(['c']);
  });
});

describe('--exit-on-change', () => {
  it('is refused without --dry-run, and without a store that can be asked; nothing is started', async () => {
    const wet = start({ exitOnChange: true, dryRun: false }, [instance('shop')]);
    await expect(wet).rejects.toThrow(new UsageError('--exit-on-change says what a dry run would change: add --dry-run'));
    const nowhere = start({ exitOnChange: true }, [instance('shop')]);
    await expect(nowhere).rejects.toThrow(ConfigError);
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('--report', () => {
  it('is JSON without secrets, also where a secret is all digits', async () => {
    await start({ report: 'report.json' }, [instance('shop')], '12345678');
    const text = readFileSync(join(dir, 'report.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ providers: [{ quota: { remaining: '***' }, problems: [{ message: 'no shop has ***' }] }] });
    expect(text).not.toContain('12345678');
  });
});
