import { createHash } from 'node:crypto';
import type { Field, Measurement } from './measurement.ts';

/** The first 16 hex digits of the SHA-256 of a declaration, as stores keep it. */
export function declarationHash(declaration: Measurement): string {
  return createHash('sha256').update(JSON.stringify(declaration)).digest('hex').slice(0, 16);
}

/** The declaration with the fields that only the store still has: another version of kpi may write them. */
export function mergedDeclaration(stored: Measurement, declared: Measurement): Measurement {
  const fields: Record<string, Field> = { ...declared.fields };
  for (const [field, was] of Object.entries(stored.fields)) fields[field] ??= was;
  return { ...declared, fields };
}

/** Why a declaration cannot follow the stored one: its identity or the meaning of a field is another. undefined where it can. */
export function declarationDrift(stored: Measurement, declared: Measurement): string | undefined {
  const [was, is] = [Object.keys(stored.tags).sort().join(' '), Object.keys(declared.tags).sort().join(' ')];
  if (was !== is) return `${declared.name} is stored with the tags ${was || '(none)'}, not ${is || '(none)'}: give it a new name`;
  for (const [field, { kind }] of Object.entries(declared.fields)) {
    const before = stored.fields[field]?.kind;
    if (before !== undefined && before !== kind)
      return `the field ${field} of ${declared.name} is stored as ${before}, not ${kind}: give it a new name`;
  }
  return undefined;
}
