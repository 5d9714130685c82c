import { createHash } from 'node:crypto';
import type { Measurement } from '../../sdk/measurement.ts';
import type { ProviderInstance, SinkInstance } from '../config/config.ts';

/**
 * What the answer of a finished chunk depends on, as 16 hex digits: with other settings, tags or sinks, or by another declaration, it is worth
 * asking for again. No secret goes into it: a new token asks for the same.
 */
export function fingerprint(instance: ProviderInstance, measurement: Measurement, sinks: readonly SinkInstance[]): string {
  const { type, settings, settleMs, tags } = instance;
  const { time, fields, history } = measurement;
  const of = [
    { type, settings, settleMs, tags },
    { time, tags: Object.keys(measurement.tags), fields: Object.keys(fields), history },
    sinks
      .filter((sink) => sink.selected)
      .map((sink) => ({ ...storeOf(sink), only: sink.only }))
      .sort((one, other) => (one.name < other.name ? -1 : 1)),
  ];
  return hashOf(of);
}

/** The store that a sink writes to, as 16 hex digits. */
export function sinkFingerprint(sink: SinkInstance): string {
  return hashOf(storeOf(sink));
}

function storeOf({ name, type, settings }: SinkInstance) {
  return { name, type, settings };
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, ordered)).digest('hex').slice(0, 16);
}

/** Keys by code unit, and what JSON has no form for as text or list. Secrets are `***` by then. */
function ordered(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint' || value instanceof RegExp) return String(value);
  if (value instanceof Map || value instanceof Set) return [...value];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
