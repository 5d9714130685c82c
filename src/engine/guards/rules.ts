import type { Guard, Measurement } from '../../sdk/measurement.ts';
import type { ProviderInstance } from '../config/config.ts';
import { deltaName, isNamed } from '../measurements-of.ts';

/** What is done with the readings of one counter. */
export interface Rule {
  /** Absent: all of them are good. */
  readonly guard?: Guard;
  /** The field that their differences go to. */
  readonly delta?: string;
}

/** By measurement and field: the counters of an instance whose readings are compared with the last ones. */
export type Rules = ReadonlyMap<string, ReadonlyMap<string, Rule>>;

/**
 * The providers' guards, with what the config says of them, key by key: of a field by its name alone, then of `measurement.field`. Only
 * snapshots are read again and again; of all others each time has a value of its own.
 */
export function rulesOf(
  declared: readonly Measurement[],
  { guards = {}, deltas = [] }: Pick<ProviderInstance, 'guards' | 'deltas'>,
): Rules {
  const rules = new Map<string, ReadonlyMap<string, Rule>>();
  for (const { name, time, fields } of declared) {
    if (time !== 'snapshot') continue;
    const ofFields = new Map<string, Rule>();
    for (const [field, { kind, guard: usual }] of Object.entries(fields)) {
      if (kind !== 'counter') continue;
      const guard: Guard = { ...usual, ...own(guards, field), ...own(guards, `${name}.${field}`) };
      const isGuarded = guard.then !== 'accept' && (guard.maxDrop ?? guard.maxJump ?? guard.min) !== undefined;
      const hasDelta = isNamed(deltas, name, field);
      if (isGuarded || hasDelta) ofFields.set(field, { ...(isGuarded && { guard }), ...(hasDelta && { delta: deltaName(field) }) });
    }
    if (ofFields.size > 0) rules.set(name, ofFields);
  }
  return rules;
}

function own(guards: Readonly<Record<string, Guard>>, name: string): Guard | undefined {
  return Object.hasOwn(guards, name) ? guards[name] : undefined;
}
