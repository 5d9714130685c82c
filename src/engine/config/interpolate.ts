import type { Env } from './env.ts';
import { isRecord, type Path, pathKey } from './path.ts';
import { parseReferences, type TextPart } from './reference.ts';

/** A variable that went into a string of the config. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

interface Fault {
  readonly path: Path;
  readonly message: string;
}

export interface Interpolated {
  /** A copy, in which only the holes still have a `${…}`. */
  readonly value: unknown;
  /** `pathKey` of each string that could not, or was not to be filled. */
  readonly holes: ReadonlySet<string>;
  /** `pathKey` of each string that was filled, with what it was filled from. */
  readonly filled: ReadonlyMap<string, readonly Variable[]>;
  /** What is wrong whatever the variables hold. */
  readonly malformed: readonly Fault[];
  readonly unset: readonly (Fault & { readonly name: string })[];
}

const deepest = 100;

/**
 * Fills `${NAME}`, `${NAME:-default}` and `${NAME:?message}` in every string, keys aside; `$${` stands for `${` itself. An empty
 * variable counts as unset. Without `env` all references stay as they are, and only malformed ones are told.
 */
export function interpolate(raw: unknown, env: Env | undefined): Interpolated {
  const holes = new Set<string>();
  const filled = new Map<string, readonly Variable[]>();
  const malformed: Fault[] = [];
  const unset: (Fault & { name: string })[] = [];

  function walk(value: unknown, path: Path): unknown {
    if (path.length > deepest) {
      malformed.push({ path: path.slice(0, 2), message: `is nested more than ${deepest} deep, or holds itself` });
      return undefined;
    }
    if (typeof value === 'string') return value.includes('${') ? text(value, path) : value;
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
    return value;
  }

  function text(written: string, path: Path): string {
    const parts = parseReferences(written);
    if (!parts) {
      malformed.push({
        path,
        message:
          'has a "${" that is no reference: write ${NAME}, ${NAME:-default} or ${NAME:?message}, and $${ for the characters themselves',
      });
      return written;
    }
    if (parts.every((part) => typeof part === 'string')) return parts.join('');
    const result = env ? fill(parts, env) : undefined;
    if (result && result.missing.length === 0) {
      filled.set(pathKey(path), result.used);
      return result.text;
    }
    for (const { name, message } of result?.missing ?? []) unset.push({ path, name, message });
    holes.add(pathKey(path));
    return written;
  }

  const value = walk(raw, []);
  return { value, holes, filled, malformed, unset };
}

interface Filling {
  readonly text: string;
  readonly used: readonly Variable[];
  readonly missing: readonly { readonly name: string; readonly message: string }[];
}

function fill(parts: readonly TextPart[], env: Env): Filling {
  const fillings = parts.map((part): Filling => {
    if (typeof part === 'string') return { text: part, used: [], missing: [] };
    const value = env[part.name];
    if (value) return { text: value, used: [{ name: part.name, value }], missing: [] };
    if (part.fallback) return fill(part.fallback, env);
    return { text: '', used: [], missing: [{ name: part.name, message: unsetMessage(part.name, value === '', part.message) }] };
  });
  return {
    text: fillings.map((filling) => filling.text).join(''),
    used: fillings.flatMap((filling) => filling.used),
    missing: fillings.flatMap((filling) => filling.missing),
  };
}

function unsetMessage(name: string, empty: boolean, message: string | undefined): string {
  const state = empty ? 'is empty, which counts as not set' : 'is not set';
  if (message) return `the variable ${name} ${state}: ${message}`;
  return `the variable ${name} ${state}; set it in the environment or in the file of --env-file`;
}
