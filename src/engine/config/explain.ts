import type { z } from 'zod';
import { didYouMean } from '../nearest.ts';
import { type Path, valueAt } from './path.ts';

export interface Explained {
  readonly path: Path;
  readonly message: string;
}

/**
 * Plain words for what a schema finds, where the schema has none of its own. They never quote a value: it may be a secret in the wrong
 * place. Unknown keys are a line each. `alsoKnown`: keys that stand beside the schema's own.
 */
export function plainWords(alsoKnown: readonly string[] = []): z.core.$ZodErrorMap {
  return (issue) => {
    switch (issue.code) {
      case 'invalid_type':
        return mismatch([noun(issue.expected)], issue.input);
      case 'invalid_value':
        return oneOf(
          issue.values.map((value) => JSON.stringify(value)),
          issue.input,
        );
      case 'too_small':
        return tooSmall(String(issue.origin), Number(issue.minimum), issue.inclusive !== false);
      case 'too_big':
        return tooBig(String(issue.origin), Number(issue.maximum), issue.inclusive !== false);
      case 'not_multiple_of':
        return `must be a multiple of ${issue.divisor}`;
      case 'invalid_format':
        return format(issue.format, 'pattern' in issue ? String(issue.pattern) : undefined);
      case 'unrecognized_keys': {
        const known = [...shapeKeys(issue.inst), ...((issue.path ?? []).length === 0 ? alsoKnown : [])];
        return issue.keys.map((key) => `is not known here${didYouMean(key, known)}`).join('\n');
      }
      case 'invalid_key':
        return `is no name that can stand here: it ${issue.issues[0]?.message ?? 'is not valid'}`;
      case 'invalid_union':
        return 'discriminator' in issue && Array.isArray(issue.options)
          ? oneOf(
              issue.options.map((option) => JSON.stringify(option)),
              valueAt(issue.input, [String(issue.discriminator)]),
            )
          : 'has none of the forms that it may have';
      default:
        return 'is not valid';
    }
  };
}

/** The issues one by one: a line for each unknown key, and of a union's branches the one that was most likely meant. */
export function explained(issues: readonly z.core.$ZodIssue[], value: unknown, above: Path = []): Explained[] {
  return issues.flatMap((issue): Explained[] => {
    const path = [...above, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const lines = issue.message.split('\n');
      return issue.keys.map((key, index) => ({ path: [...path, key], message: lines[index] ?? issue.message }));
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0) return branches(issue.errors, valueAt(value, issue.path), path);
    return [{ path, message: issue.message }];
  });
}

function branches(errors: readonly (readonly z.core.$ZodIssue[])[], value: unknown, path: Path): Explained[] {
  const fitting = errors.filter((issues) => !issues.some((issue) => issue.path.length === 0 && isOtherKind(issue)));
  const [first, ...rest] = fitting;
  if (first) {
    const best = rest.reduce((least, issues) => (issues.length < least.length ? issues : least), first);
    return explained(best, value, path);
  }
  const kinds = errors.flatMap((issues) => issues.flatMap((issue) => (issue.path.length === 0 ? kindsOf(issue) : [])));
  return [{ path, message: mismatch([...new Set(kinds)], value) }];
}

function isOtherKind(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function kindsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_type') return [noun(issue.expected)];
  if (issue.code === 'invalid_value') return issue.values.map((value) => JSON.stringify(value));
  return [];
}

/** The keys of an object's schema. */
function shapeKeys(schema: unknown): string[] {
  const shape = valueAt((schema as { readonly _zod?: { readonly def?: unknown } })?._zod?.def, ['shape']);
  return typeof shape === 'object' && shape !== null ? Object.keys(shape) : [];
}

/** `must be a string, not a list`. */
export function mismatch(expected: readonly string[], value: unknown): string {
  if (value === undefined) return 'is missing';
  const hint = expected.length === 1 && expected[0] === 'a string' && /^(number|boolean)$/.test(typeof value) ? ': put it in quotes' : '';
  const kind = kindOf(value);
  const not = expected.includes(kind) || (kind === 'a number' && expected.includes('a whole number')) ? '' : `, not ${kind}`;
  return `must be ${alternatives(expected)}${not}${hint}`;
}

function oneOf(values: readonly string[], value: unknown): string {
  if (value === undefined) return 'is missing';
  const near =
    typeof value === 'string'
      ? didYouMean(
          value,
          values.map((one) => one.replaceAll('"', '')),
        )
      : '';
  return `must be ${alternatives(values)}${near}`;
}

function alternatives(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return noun(typeof value);
}

function noun(type: string): string {
  const nouns: Readonly<Record<string, string>> = {
    string: 'a string',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'an object',
    record: 'an object',
    function: 'a function',
  };
  return nouns[type] ?? type;
}

function tooSmall(origin: string, minimum: number, inclusive: boolean): string {
  if (origin === 'string') return minimum === 1 ? 'must not be empty' : `must have at least ${minimum} characters`;
  if (origin === 'array' || origin === 'set') return minimum === 1 ? 'must not be empty' : `must have at least ${minimum} entries`;
  return inclusive ? `must be at least ${minimum}` : `must be more than ${minimum}`;
}

function tooBig(origin: string, maximum: number, inclusive: boolean): string {
  if (origin === 'string') return `must have at most ${maximum} characters`;
  if (origin === 'array' || origin === 'set') return `must have at most ${maximum} entries`;
  return inclusive ? `must be at most ${maximum}` : `must be less than ${maximum}`;
}

function format(name: string, pattern: string | undefined): string {
  if (name === 'url') return 'must be a URL, such as https://example.com';
  if (name === 'regex' && pattern !== undefined) return `must match ${pattern}`;
  return `is not a valid ${name.replaceAll('_', ' ')}`;
}
