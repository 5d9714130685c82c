import { expect, it } from 'vitest';
import { ConfigError } from '../sdk/errors.ts';
import type { ProviderInstance } from './config/config.ts';
import { checkProviders } from './startable.ts';

const config = (...enabled: readonly boolean[]) => ({
  file: 'kpi.config.json',
  providers: enabled.map((one) => ({ enabled: one }) as ProviderInstance),
});

it('needs one provider that is enabled', () => {
  expect(() => checkProviders(config(false, true))).not.toThrow();
  expect(() => checkProviders(config(false, false))).toThrow(ConfigError);
  expect(() => checkProviders(config(false))).toThrow('kpi.config.json has no provider that is enabled: ');
});
