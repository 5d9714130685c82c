import { isRecord } from '../config/path.ts';
import { parseReferences, type TextPart } from '../config/reference.ts';
import { addressSecrets } from '../config/secrets.ts';

/** True where a text is made of variables alone: what stands before them, behind them or in their defaults would be in the file. */
export function isVariables(text: string): boolean {
  const parts = parseReferences(text) ?? [];
  return parts.some((part) => typeof part !== 'string') && !hasText(parts);
}

/** What an address gives away of itself, anywhere in settings, in words; undefined where it gives away nothing. */
export function clearSecret(value: unknown): string | undefined {
  if (Array.isArray(value)) return firstOf(value);
  if (isRecord(value)) return firstOf(Object.values(value));
  if (typeof value !== 'string') return undefined;
  for (const text of [value, ...defaultsIn(parseReferences(value) ?? [])]) {
    if (addressSecrets(text).some((one) => !isVariables(one))) return 'holds a password';
    for (const [, name = '', given = ''] of text.matchAll(parameter)) {
      if (isSecretName(name) && !isVariables(given)) return `holds a secret, "${name}" of an address`;
    }
  }
  return undefined;
}

/** `name=value` of a query. A variable with its default may hold what else ends a value. */
const parameter = /[?&;]([^=&#\s?;]+)=((?:\$\{[^}]*\}+|[^&#\s;])+)/g;

const secretWords = /(^|[-_.])(token|key|apikey|secret|password|passwd|pwd|auth|authorization|credentials?|sig|signature|dsn)$/i;

/** By the last of its words: `access_token` and `apiKey`, but neither `keyword` nor `author`. */
function isSecretName(name: string): boolean {
  return secretWords.test(name.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2'));
}

function firstOf(values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const found = clearSecret(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function hasText(parts: readonly TextPart[]): boolean {
  return parts.some((part) => (typeof part === 'string' ? part !== '' : hasText(part.fallback ?? [])));
}

/** The defaults, each as a text in which a variable stands for itself. */
function defaultsIn(parts: readonly TextPart[]): readonly string[] {
  return parts.flatMap((part) =>
    typeof part === 'string' || !part.fallback ? [] : [spelled(part.fallback), ...defaultsIn(part.fallback)],
  );
}

function spelled(parts: readonly TextPart[]): string {
  return parts.map((part) => (typeof part === 'string' ? part : `\${${part.name}}`)).join('');
}
