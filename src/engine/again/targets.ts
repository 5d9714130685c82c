import type { AnyProvider } from '../../sdk/provider.ts';
import type { FailedTarget } from '../memory.ts';

/**
 * The targets that failed, each with only its items that did; undefined where one of them is not known: it held a secret, or there were
 * too many, or another version of the provider made it. Then all of its instance is asked again.
 */
export function failedTargets(provider: AnyProvider, failed: readonly FailedTarget[]): readonly unknown[] | undefined {
  const targets: unknown[] = [];
  try {
    for (const { target, items } of failed) {
      if (target === undefined) return undefined;
      const narrowed = items && provider.narrow ? provider.narrow(target, items) : target;
      provider.label(narrowed);
      targets.push(narrowed);
    }
  } catch {
    return undefined;
  }
  return targets;
}
