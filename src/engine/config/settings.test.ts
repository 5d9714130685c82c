import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Secret, secret } from '../../sdk/secret.ts';
import { createNotes, type Notes } from './notes.ts';
import { type Reading, readSettings } from './settings.ts';

const schema = z
  .strictObject({
    token: secret().optional(),
    url: z.url().default('https://api.example'),
    size: z.int().min(1).default(50),
    deep: z.union([z.int(), z.enum(['all'])]).optional(),
    strict: z.boolean().default(false),
    names: z.array(z.string()).default([]),
    header: z.string().optional(),
  })
  .superRefine(({ names }, context) => {
    if (new Set(names).size < names.length) context.addIssue({ code: 'custom', path: ['names'], message: 'has a name twice' });
  });

function read(raw: unknown, options: Partial<Reading> = {}) {
  const notes = createNotes();
  const settings = readSettings(schema, raw, { path: ['providers', 'shop'], env: {}, notes, ...options });
  return { ...settings, notes, problems: lines(notes) };
}

function lines({ problems }: Notes): string[] {
  return problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('readSettings', () => {
  it('fills and parses', () => {
    const { value, problems, written } = read({ url: 'https://${HOST}' }, { env: { HOST: 'x.example' } });
    expect(problems).toEqual([]);
    expect(value).toMatchObject({ url: 'https://x.example', size: 50 });
    expect(written).toEqual({ url: 'https://x.example' });
  });

  it('tells unset variables and other problems at once', () => {
    const { value, problems } = read({ token: '${TOKEN}', url: '${URL}', size: 0, nmaes: [] });
    expect(value).toBeUndefined();
    expect(problems).toEqual([
      'providers.shop.token: the variable TOKEN is not set; set it in the environment or in the file of --env-file',
      'providers.shop.url: the variable URL is not set; set it in the environment or in the file of --env-file',
      'providers.shop.size: must be at least 1',
      'providers.shop.nmaes: is not known here; did you mean "names"?',
    ]);
  });

  it('takes variables as text where nothing is to be filled, whatever the place wants', () => {
    const { value, problems } = read(
      { token: '${TOKEN}', url: '${URL}', size: '${SIZE}', deep: '${DEEP}', strict: '${STRICT}' },
      { env: undefined },
    );
    expect(problems).toEqual([]);
    expect(value).toBeUndefined();
    expect(read({ token: '${TOKEN}' }, { env: undefined }).value).toBeDefined();
  });

  it('still finds all else that is wrong there', () => {
    const { problems } = read({ url: '${URL}', size: 0, names: '${NAMES}', header: '${', x: 1 }, { env: undefined });
    expect(problems).toEqual([
      expect.stringContaining('providers.shop.header: has a "${" that is no reference'),
      'providers.shop.size: must be at least 1',
      'providers.shop.x: is not known here',
    ]);
  });

  it('holds a check of a whole against it only where no variable may be why', () => {
    expect(read({ names: ['${A}', '${A}'] }, { env: undefined }).problems).toEqual([]);
    expect(read({ names: ['a', 'a'] }, { env: undefined }).problems).toEqual(['providers.shop.names: has a name twice']);
    expect(read({ names: ['a', 'a'], header: '${B}' }, { env: undefined }).problems).toEqual(['providers.shop.names: has a name twice']);
  });

  it('takes a filled text as the number, true or false that it says', () => {
    const env = { SIZE: '7', DEEP: '3', STRICT: 'true' };
    expect(read({ size: '${SIZE}', deep: '${DEEP}', strict: '${STRICT}' }, { env }).value).toMatchObject({
      size: 7,
      deep: 3,
      strict: true,
    });
    expect(read({ deep: '${DEEP}' }, { env: { DEEP: 'all' } }).value).toMatchObject({ deep: 'all' });
    expect(read({ size: '${SIZE}' }, { env: { SIZE: '0' } }).problems).toEqual(['providers.shop.size: must be at least 1']);
    expect(read({ size: '${SIZE}' }, { env: { SIZE: 'many' } }).problems).toEqual(['providers.shop.size: must be a number, not a string']);
    expect(read({ size: '7' }, { env }).problems).toEqual(['providers.shop.size: must be a number, not a string']);
  });

  it('knows every secret value, valid or not', () => {
    const env = {
      TOKEN: 'token-value',
      PART: 'part-value',
      HOST: 'x.example',
      API_KEY: 'key-value',
      URL: 'https://u:pass-value@h.example',
    };
    const raw = { token: 'Bearer ${PART}', header: '${API_KEY} ${HOST}', url: '${URL}', size: 'wrong' };
    expect([...read(raw, { env }).notes.secrets].sort()).toEqual(['Bearer part-value', 'key-value', 'part-value', 'pass-value']);
  });

  it('takes no text with an unfilled variable for a secret', () => {
    expect([...read({ token: '${TOKEN}', url: 'https://u:${TOKEN}@h.example' }).notes.secrets]).toEqual([]);
    expect([...read({ token: '${TOKEN}' }, { env: undefined }).notes.secrets]).toEqual([]);
  });

  it('warns of a secret in the file, unless the file is a program', () => {
    const { notes, value } = read({ token: 'literal-token' });
    expect(notes.warnings).toEqual([{ path: 'providers.shop.token', message: expect.stringContaining('stands in the file itself') }]);
    expect((value as { token: Secret }).token.reveal()).toBe('literal-token');
    expect(read({ token: 'literal-token' }, { computed: true }).notes.warnings).toEqual([]);
    expect(read({ token: { file: 'x' } }).notes.warnings).toEqual([]);
    expect(read({ token: '${TOKEN}' }, { env: undefined }).notes.warnings).toEqual([]);
  });
});
