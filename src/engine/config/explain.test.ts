import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { secret } from '../../sdk/secret.ts';
import { explained, plainWords } from './explain.ts';
import { pathText } from './path.ts';

function told(schema: z.ZodType, value: unknown, alsoKnown?: readonly string[]): string[] {
  const result = schema.safeParse(value, { error: plainWords(alsoKnown) });
  return result.success ? [] : explained(result.error.issues, value).map(({ path, message }) => `${pathText(path)}: ${message}`);
}

const one = (schema: z.ZodType) => z.strictObject({ x: schema });

describe('plain words', () => {
  it.each<[z.ZodType, unknown, string]>([
    [z.string(), 5, 'must be a string, not a number: put it in quotes'],
    [z.string(), true, 'must be a string, not true or false: put it in quotes'],
    [z.string(), null, 'must be a string, not null'],
    [z.string(), undefined, 'is missing'],
    [z.string().min(1), '', 'must not be empty'],
    [z.string().min(3), 'ab', 'must have at least 3 characters'],
    [z.string().max(1), 'ab', 'must have at most 1 characters'],
    [z.number(), '5', 'must be a number, not a string'],
    [z.int(), 1.5, 'must be a whole number'],
    [z.int().min(1), 0, 'must be at least 1'],
    [z.number().gt(0), 0, 'must be more than 0'],
    [z.int().max(100), 101, 'must be at most 100'],
    [z.int().multipleOf(5), 7, 'must be a multiple of 5'],
    [z.boolean(), 'yes', 'must be true or false, not a string'],
    [z.array(z.string()), 'a', 'must be a list, not a string'],
    [z.array(z.string()).min(1), [], 'must not be empty'],
    [z.strictObject({}), [], 'must be an object, not a list'],
    [z.record(z.string(), z.string()), 'a', 'must be an object, not a string'],
    [z.enum(['any', 'required', 'never']), 'requierd', 'must be "any", "required" or "never"; did you mean "required"?'],
    [z.enum(['any', 'required']), undefined, 'is missing'],
    [z.literal('x'), 'y', 'must be "x"'],
    [z.url(), 'example', 'must be a URL, such as https://example.com'],
    [z.string().regex(/^a$/), 'b', 'must match /^a$/'],
    [z.email(), 'b', 'is not a valid email'],
    [z.string().regex(/^a$/, 'must be owner/name'), 'b', 'must be owner/name'], // the schema's own words win
    [z.string().refine(() => false), 'b', 'is not valid'],
    [z.union([z.string(), z.int()]), [], 'must be a string or a number, not a list'],
    [z.union([z.literal('auto'), z.number()]), 'x', 'must be "auto" or a number, not a string'],
    [secret(), '', 'must not be empty'],
    [secret(), 5, 'must be a string or an object, not a number'],
  ])('%#', (schema, value, expected) => {
    expect(told(one(schema), { x: value })).toEqual([`x: ${expected}`]);
  });

  it('are of the branch of a union that was most likely meant', () => {
    expect(told(one(secret()), { x: { file: 5 } })).toEqual(['x.file: must be a string, not a number: put it in quotes']);
    expect(told(one(secret()), { x: { command: [] } })).toEqual(['x.command: must not be empty']);
    const kinds = z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('dog') }),
      z.strictObject({ kind: z.literal('cat'), age: z.int() }),
    ]);
    expect(told(one(kinds), { x: { kind: 'cta' } })).toEqual(['x.kind: must be "dog" or "cat"; did you mean "cat"?']);
    expect(told(one(kinds), { x: { kind: 'cat', age: 'old' } })).toEqual(['x.age: must be a number, not a string']);
  });

  it('name each unknown key at its place, with the nearest that is known there', () => {
    const schema = z.strictObject({ token: z.string().optional(), sites: z.array(z.strictObject({ url: z.string() })).optional() });
    expect(told(schema, { tokn: 1, enabld: true, sites: [{ url: 'x', ulr: 'y' }] }, ['enabled'])).toEqual([
      'sites[0].ulr: is not known here; did you mean "url"?',
      'tokn: is not known here; did you mean "token"?',
      'enabld: is not known here; did you mean "enabled"?',
    ]);
    expect(told(schema, { sites: [{ url: 'x', enabled: true }] }, ['enabled'])).toEqual(['sites[0].enabled: is not known here']);
  });

  it('name a key that cannot stand in a record', () => {
    const schema = one(z.record(z.string().regex(/^[a-z]+$/, 'must be small letters'), z.string()));
    expect(told(schema, { x: { A: 'b' } })).toEqual(['x.A: is no name that can stand here: it must be small letters']);
  });

  it('never quote a value', () => {
    const schema = z.strictObject({ url: z.url(), kind: z.enum(['a']), n: z.number(), p: z.string().regex(/^x$/) });
    const value = { url: 'hunter2-a', kind: 'hunter2-b', n: 'hunter2-c', p: 'hunter2-d' };
    expect(told(schema, value)).toHaveLength(4);
    expect(told(schema, value).join()).not.toContain('hunter2');
  });
});
