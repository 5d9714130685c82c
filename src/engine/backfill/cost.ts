import type { Measurement } from '../../sdk/measurement.ts';
import type { ProviderInstance } from '../config/config.ts';
import type { InstancePlan } from '../plan.ts';

/**
 * The requests that the chunks of an instance take at the least. Chunks that ask for the same measurements over as long a time are counted
 * once: a year of days has but one such kind, however many targets there are.
 */
export function leastCalls(
  { provider, settings }: ProviderInstance,
  declared: readonly Measurement[],
  pieces: readonly InstancePlan[],
): number {
  const costs = new Map<string, number>();
  let calls = 0;
  for (const { measurements, windows } of pieces) {
    const kind = measurements.map(({ name }) => [name, lengthOf(windows[name])].join(' ')).join();
    let cost = costs.get(kind);
    if (cost === undefined) {
      const only = measurements.length < declared.length && { only: measurements.map((one) => one.name) };
      cost = 0;
      for (const target of provider.targets(settings, { windows: structuredClone(windows), ...only })) cost += provider.cost?.(target) ?? 1;
      costs.set(kind, cost);
    }
    calls += cost;
  }
  return calls;
}

function lengthOf(window: { readonly from: Date; readonly to: Date } | undefined): number {
  return window ? window.to.getTime() - window.from.getTime() : 0;
}
