import type { z } from 'zod';
import type { Env } from './env.ts';
import { explained, mismatch, plainWords } from './explain.ts';
import { interpolate, type Variable } from './interpolate.ts';
import type { Notes } from './notes.ts';
import { isRecord, type Path, pathKey, valueAt, withValueAt } from './path.ts';
import { hasReference } from './reference.ts';
import { addressSecrets, isSensitiveName, secretPaths } from './secrets.ts';

export interface Settings<T> {
  /** What the schema made of them; undefined when they are wrong, or a `${}` that was not filled leaves no way to tell. */
  readonly value: T | undefined;
  /** As written, with `${}` filled. */
  readonly written: unknown;
  /** Where secrets stand in `written`. */
  readonly secrets: readonly Path[];
}

export interface Reading {
  /** Where they stand in the config. */
  readonly path: Path;
  /** What `${}` is filled from; without it, it stays as text, and nothing that depends on it is a problem. */
  readonly env: Env | undefined;
  readonly notes: Notes;
  /** Keys that stand beside those of the schema. */
  readonly alsoKnown?: readonly string[];
  /** The config is a program, which may have its secrets from anywhere. */
  readonly computed?: boolean;
}

/** Fills, checks and parses one part of the config; what is wrong goes to the notes. */
export function readSettings<T>(schema: z.ZodType<T>, raw: unknown, reading: Reading): Settings<T> {
  const { path, env, notes, alsoKnown } = reading;
  const { value: written, holes, filled, malformed, unset } = interpolate(raw, env);
  for (const fault of malformed) notes.problem([...path, ...fault.path], fault.message);
  for (const fault of unset) notes.missing([...path, ...fault.path], fault.name, fault.message);

  const secrets = secretPaths(schema, written);
  if (!reading.computed) warnOfLiterals(raw, secrets, reading);
  if (env) noteSecrets(written, secrets, holes, filled, notes);

  const error = plainWords(alsoKnown);
  let result = schema.safeParse(written, { error });
  let typed = written;
  if (!result.success) {
    typed = asTyped(written, result.error.issues, filled);
    if (typed !== written) result = schema.safeParse(typed, { error });
  }
  if (result.success) return { value: malformed.length > 0 ? undefined : result.data, written: typed, secrets };
  const certain = result.error.issues.filter((issue) => !dependsOnHole(issue, holes));
  for (const one of explained(certain, typed)) notes.problem([...path, ...one.path], one.message);
  return { value: undefined, written, secrets };
}

/** True when an unfilled `${}` may be why: at that place, or for a check of a whole, anywhere in it. */
function dependsOnHole(issue: z.core.$ZodIssue, holes: ReadonlySet<string>): boolean {
  if (holes.has(pathKey(issue.path))) return true;
  if (issue.code !== 'custom' && issue.code !== 'invalid_union') return false;
  const above = pathKey(issue.path).slice(0, -1);
  return [...holes].some((hole) => above === '[' || hole.startsWith(`${above},`));
}

/** A variable is text: where a schema wants a number, true or false, a filled string that says one is taken as such. */
function asTyped(written: unknown, issues: readonly z.core.$ZodIssue[], filled: ReadonlyMap<string, unknown>): unknown {
  let typed = written;
  for (const issue of issues) {
    const text = valueAt(written, issue.path);
    const wantsOther = issue.code === 'invalid_union' || (issue.code === 'invalid_type' && /^(number|int|boolean)$/.test(issue.expected));
    if (!wantsOther || typeof text !== 'string' || !filled.has(pathKey(issue.path))) continue;
    if (/^-?\d+(\.\d+)?$/.test(text)) typed = withValueAt(typed, issue.path, Number(text));
    if (text === 'true' || text === 'false') typed = withValueAt(typed, issue.path, text === 'true');
  }
  return typed;
}

function warnOfLiterals(raw: unknown, secrets: readonly Path[], { path, notes }: Reading): void {
  for (const at of secrets) {
    const text = valueAt(raw, at);
    if (typeof text !== 'string' || text === '' || hasReference(text)) continue;
    notes.warning([...path, ...at], 'is a secret that stands in the file itself; write ${NAME}, { "file": "…" } or { "command": ["…"] }');
  }
}

function noteSecrets(
  written: unknown,
  secrets: readonly Path[],
  holes: ReadonlySet<string>,
  filled: ReadonlyMap<string, readonly Variable[]>,
  notes: Notes,
): void {
  const keys = new Set(secrets.map(pathKey));
  for (const at of secrets) {
    const text = valueAt(written, at);
    if (typeof text === 'string' && !holes.has(pathKey(at))) notes.secret(text);
  }
  for (const [key, variables] of filled) {
    for (const { name, value } of variables) {
      if (keys.has(key) || isSensitiveName(name)) notes.secret(value);
    }
  }
  for (const one of addressSecrets(written)) {
    if (!one.includes('${')) notes.secret(one);
  }
}

/** The raw value as an object; what is none is a problem, and empty. */
export function asObject(raw: unknown, path: Path, notes: Notes): Readonly<Record<string, unknown>> {
  if (isRecord(raw)) return raw;
  if (raw !== undefined) notes.problem(path, mismatch(['an object'], raw));
  return {};
}
