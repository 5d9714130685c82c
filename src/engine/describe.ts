import { z } from 'zod';
import type { Measurement } from '../sdk/measurement.ts';
import type { AnyProvider, Limit } from '../sdk/provider.ts';
import type { AnySink, Capabilities, Promises } from '../sdk/sink.ts';
import type { Registry } from './config/config.ts';
import { kindOfProviders, kindOfSinks } from './config/draft.ts';
import { commonKeys } from './config/entries.ts';
import { didYouMean } from './nearest.ts';
import { UsageError } from './usage-error.ts';

/** An integration as `kpi providers`, `kpi sinks` and the pages made from the code show it. */
export interface IntegrationInfo {
  readonly name: string;
  readonly help: string;
  /** JSON Schema of its settings. */
  readonly settings: object;
  readonly example: Readonly<Record<string, unknown>>;
  /** Of a provider, with the settings of the example. */
  readonly measurements?: readonly Measurement[];
  readonly limits?: readonly Omit<Limit, 'key' | 'spacingKey'>[];
  /** Of a sink, with the settings of the example. */
  readonly accepts?: Capabilities;
  readonly promises?: Partial<Omit<Promises, 'variants'>>;
  /** What it takes with other settings. */
  readonly variants?: readonly { readonly name: string; readonly accepts: Capabilities }[];
}

export async function describeProviders(registry: Registry<AnyProvider>, name?: string): Promise<readonly IntegrationInfo[]> {
  return (await load(registry, 'provider', name)).map((provider) => {
    const settings = provider.settings.parse(own(provider, commonKeys(kindOfProviders({ providers: registry }))));
    return {
      ...described(provider),
      measurements: provider.measurements(settings),
      limits: provider.limits(settings).map(({ key: _, spacingKey: _own, ...limit }) => limit),
    };
  });
}

export async function describeSinks(registry: Registry<AnySink>, name?: string): Promise<readonly IntegrationInfo[]> {
  return (await load(registry, 'sink', name)).map((sink) => {
    const settings = own(sink, commonKeys(kindOfSinks({ sinks: registry })));
    const accepts = (more: object) => sink.accepts(sink.settings.parse({ ...settings, ...more }));
    const { variants = {}, ...promises } = sink.promises ?? {};
    return {
      ...described(sink),
      accepts: accepts({}),
      promises,
      variants: Object.entries(variants).map(([variant, more]) => ({ name: variant, accepts: accepts(more) })),
    };
  });
}

async function load<T>(registry: Registry<T>, what: string, name: string | undefined): Promise<readonly T[]> {
  if (name === undefined) return await Promise.all(Object.values(registry).map((one) => one()));
  const one = Object.hasOwn(registry, name) ? registry[name] : undefined;
  if (!one) throw new UsageError(`there is no ${what} "${name}"${didYouMean(name, Object.keys(registry))}`);
  return [await one()];
}

/** The example without what every entry may have. */
function own({ example }: AnyProvider | AnySink, common: readonly string[]): object {
  return Object.fromEntries(Object.entries(example).filter(([key]) => !common.includes(key)));
}

function described(one: AnyProvider | AnySink): Pick<IntegrationInfo, 'name' | 'help' | 'settings' | 'example'> {
  return {
    name: one.name,
    help: one.help,
    settings: z.toJSONSchema(one.settings, { io: 'input', unrepresentable: 'any' }),
    example: one.example,
  };
}
