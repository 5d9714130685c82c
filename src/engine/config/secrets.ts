import type { z } from 'zod';
import { Secret } from '../../sdk/secret.ts';
import { isRecord, type Path } from './path.ts';

const sensitive = /token|key|secret|password|passwd|pwd|auth|credential|dsn/i;

/** True for the name of a variable or key whose value is likely a secret. */
export function isSensitiveName(name: string): boolean {
  return sensitive.test(name);
}

/** Where, in settings as a user writes them, a schema has secrets. */
export function secretPaths(schema: z.ZodType, value: unknown): Path[] {
  const found: Path[] = [];

  function walk(one: z.core.$ZodType, at: unknown, path: Path): void {
    const { def } = (one as z.core.$ZodTypes)._zod;
    if (at === undefined || path.length > 100) return;
    switch (def.type) {
      case 'object':
        if (!isRecord(at)) return;
        for (const [key, item] of Object.entries(at)) {
          const child = Object.hasOwn(def.shape, key) ? def.shape[key] : def.catchall;
          if (child) walk(child, item, [...path, key]);
        }
        return;
      case 'record':
        if (!isRecord(at)) return;
        for (const [key, item] of Object.entries(at)) walk(def.valueType, item, [...path, key]);
        return;
      case 'array':
        if (!Array.isArray(at)) return;
        for (const [index, item] of at.entries()) walk(def.element, item, [...path, index]);
        return;
      case 'union':
        for (const option of def.options) walk(option, at, path);
        return;
      case 'intersection':
        walk(def.left, at, path);
        walk(def.right, at, path);
        return;
      case 'optional':
      case 'nullable':
      case 'default':
      case 'prefault':
      case 'nonoptional':
      case 'readonly':
      case 'catch':
        walk(def.innerType, at, path);
        return;
      case 'lazy':
        walk(def.getter(), at, path);
        return;
      case 'pipe':
        if (makesSecret(def.out)) found.push(path);
        else walk(def.in, at, path);
    }
  }

  walk(schema, value, []);
  return found;
}

/** Asks the transformation itself, so that what a secret looks like is known in one place. */
export function makesSecret(out: z.core.$ZodType): boolean {
  const { def } = (out as z.core.$ZodTypes)._zod;
  if (def.type !== 'transform') return false;
  try {
    return def.transform('a secret', { value: 'a secret', issues: [] }) instanceof Secret;
  } catch {
    return false; // a transformation that cannot take any string is none of a secret
  }
}

/** The secrets in parsed settings, each once. */
export function secretsIn(settings: unknown): { readonly path: Path; readonly secret: Secret }[] {
  const found: { path: Path; secret: Secret }[] = [];
  const seen = new Set<unknown>();

  function walk(value: unknown, path: Path): void {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    if (value instanceof Secret) found.push({ path, secret: value });
    else if (value instanceof Map) for (const [key, item] of value) walk(item, [...path, String(key)]);
    else if (Array.isArray(value) || value instanceof Set) for (const [index, item] of [...value].entries()) walk(item, [...path, index]);
    else if (isRecord(value)) for (const [key, item] of Object.entries(value)) walk(item, [...path, key]);
  }

  walk(settings, []);
  return found;
}

/** What opens an address, anywhere in settings: the password of a URL's userinfo, or the user where that stands alone. */
export function addressSecrets(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(addressSecrets);
  if (isRecord(value)) return Object.values(value).flatMap(addressSecrets);
  if (typeof value !== 'string') return [];
  return [...value.matchAll(userinfo)].flatMap(([, , user = '', password]) => spellings(password ?? user));
}

/** A text without the userinfo of its URLs, and without the values of sensitive query parameters. */
export function maskAddresses(text: string): string {
  return text.replaceAll(userinfo, '$1***@').replaceAll(sensitiveQuery, '$1***');
}

// As the URL standard reads it: up to the last @ before the path, the user up to the first colon. A user may be an e-mail address.
const userinfo = /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,30}:\/{2,})([^\s/?#:]*)(?::([^\s/?#]*))?@/gi;
const sensitiveQuery = /([?&][^=&#\s]*(?:token|key|secret|password|passwd|pwd|auth|credential|dsn)[^=&#\s]*=)[^&#\s]*/gi;

function spellings(text: string): string[] {
  try {
    return [...new Set([text, decodeURIComponent(text)])].filter((one) => one !== '');
  } catch {
    return text === '' ? [] : [text]; // a lone "%" is no encoding
  }
}
