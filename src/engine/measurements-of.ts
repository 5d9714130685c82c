import { gauge, type Measurement } from '../sdk/measurement.ts';
import type { ProviderInstance } from './config/config.ts';

type Configured = Pick<ProviderInstance, 'provider' | 'settings' | 'deltas'>;

/** What the points of a configured instance are of: what its provider declares, and the differences that the config asks for. */
export function measurementsOf({ provider, settings, deltas }: Configured): readonly Measurement[] {
  return withDeltas(provider.measurements(settings), deltas);
}

/** The declarations, with a gauge `<field>_delta` for each counter of a snapshot that `deltas` names, by `field` or `measurement.field`. */
export function withDeltas(declared: readonly Measurement[], deltas: readonly string[] = []): readonly Measurement[] {
  if (deltas.length === 0) return declared;
  return declared.map((one) => {
    const asked = Object.entries(one.fields).filter(([field, { kind }]) => kind === 'counter' && isNamed(deltas, one.name, field));
    if (one.time !== 'snapshot' || asked.length === 0) return one;
    const derived = asked.map(([field, { unit }]) => [deltaName(field), gauge(unit, deltaHelp(field))]);
    return { ...one, fields: { ...one.fields, ...Object.fromEntries(derived), ...one.fields } };
  });
}

export function deltaName(field: string): string {
  return `${field}_delta`;
}

/** Whether a name in the config, `field` or `measurement.field`, is that of this field. */
export function isNamed(names: readonly string[], measurement: string, field: string): boolean {
  return names.includes(field) || names.includes(`${measurement}.${field}`);
}

function deltaHelp(field: string): string {
  return `How much ${field} has grown since the last reading; absent after a fall, or where there was none.`;
}

/** One declaration for each name: where instances differ, as in their deltas, with the fields of all. */
export function joined(declared: readonly Measurement[]): readonly Measurement[] {
  const byName = new Map<string, Measurement>();
  for (const one of declared) byName.set(one.name, together(one, byName.get(one.name)));
  return [...byName.values()];
}

/**
 * A declaration, with the fields that only an earlier one has: entries of another version of kpi may wait, and a store must know what their
 * fields are.
 */
export function together(declared: Measurement, earlier: Measurement | undefined): Measurement;
export function together(declared: Measurement | undefined, earlier: Measurement | undefined): Measurement | undefined;
export function together(declared: Measurement | undefined, earlier: Measurement | undefined): Measurement | undefined {
  if (!declared || !earlier) return declared ?? earlier;
  const isComplete = Object.keys(earlier.fields).every((field) => Object.hasOwn(declared.fields, field));
  return isComplete ? declared : { ...declared, fields: { ...earlier.fields, ...declared.fields } };
}
