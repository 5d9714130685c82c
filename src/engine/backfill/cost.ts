import type { Measurement } from '../../sdk/measurement.ts';
import type { Asked } from '../../sdk/provider.ts';
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
      cost = costOf({
        windows: structuredClone(windows),
        ...(measurements.length < declared.length && { only: measurements.map((one) => one.name) }),
      });
      costs.set(kind, cost);
    }
    calls += cost;
  }
  return calls;

  /** Of a provider that throws here, its own part of the run tells. */
  function costOf(asked: Asked): number {
    try {
      let cost = 0;
      for (const target of provider.targets(settings, asked)) cost += provider.cost?.(target) ?? 1;
      return cost;
    } catch {
      return 0;
    }
  }
}

function lengthOf(window: { readonly from: Date; readonly to: Date } | undefined): number {
  return window ? window.to.getTime() - window.from.getTime() : 0;
}
