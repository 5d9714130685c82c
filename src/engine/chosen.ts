import type { Config, ProviderInstance } from './config/config.ts';
import { didYouMean } from './nearest.ts';
import { UsageError } from './usage-error.ts';

/** The enabled providers of a config, or those of them that `--providers` names. Their secrets are not needed. */
export function chosenProviders(config: Pick<Config, 'providers'>, names: readonly string[] | undefined): readonly ProviderInstance[] {
  const enabled = config.providers.filter((one) => one.enabled);
  const known = enabled.map((one) => one.name);
  for (const name of names ?? []) {
    if (known.includes(name)) continue;
    const why = config.providers.some((one) => one.name === name)
      ? `"${name}" is disabled in the config`
      : `the config has no provider "${name}"`;
    throw new UsageError(`--providers: ${why}${didYouMean(name, known) || `; it has ${known.join(', ') || 'none'}`}`);
  }
  return names ? enabled.filter((one) => names.includes(one.name)) : enabled;
}
