import { ConfigError } from '../sdk/errors.ts';
import type { Config } from './config/config.ts';

/** A run without a provider is a mistake, not an empty run. Throws ConfigError. */
export function checkProviders({ file, providers }: Pick<Config, 'file' | 'providers'>): void {
  if (providers.some((instance) => instance.enabled)) return;
  throw new ConfigError(`${file} has no provider that is enabled: leave out "enabled": false in one of them`);
}
