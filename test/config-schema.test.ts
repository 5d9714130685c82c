import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { configSchema } from '../src/engine/config/schema.ts';
import { providers } from '../src/providers/index.ts';
import { sinks } from '../src/sinks/index.ts';

type Schema = Readonly<Record<string, unknown>>;

const schema = (await configSchema({ providers, sinks })) as Schema;

/** Calls `look` with each key that the schema knows; the path is a JSON Pointer. */
function eachKey(one: unknown, look: (path: string, key: Schema) => void, path = ''): void {
  if (typeof one !== 'object' || one === null) return;
  for (const [word, child] of Object.entries(one)) {
    const at = `${path}/${escaped(word)}`;
    // What a user would write is no schema, and a key may be called as a word of one.
    if (['default', 'examples', 'const', 'enum'].includes(word)) continue;
    if (word !== 'properties') {
      eachKey(child, look, at);
      continue;
    }
    for (const [key, inner] of Object.entries(child as Schema)) {
      look(`${at}/${escaped(key)}`, inner as Schema);
      eachKey(inner, look, `${at}/${escaped(key)}`);
    }
  }
}

function escaped(key: string): string {
  return encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function lacking(of: Schema): readonly string[] {
  const found: string[] = [];
  eachKey(of, (path, key) => {
    if (typeof key.description !== 'string' || key.description.length < 4) found.push(`${path}: a description`);
    if (!['default', 'examples', 'const'].some((word) => word in key)) found.push(`${path}: an example or a default`);
  });
  return found;
}

it('every key of the config has a description, and an example or a default', () => {
  expect(lacking(schema)).toEqual([]);
});

it('a key that lacks one is found', () => {
  const planted = structuredClone(schema) as { properties: { run: { properties: { every: Record<string, unknown> } } } };
  planted.properties.run.properties.every = { type: 'string' };
  expect(lacking(planted)).toEqual([
    '/properties/run/properties/every: a description',
    '/properties/run/properties/every: an example or a default',
  ]);
});

it('is a valid schema, whose examples and defaults fit it', () => {
  const ajv = new Ajv2020({ strict: false, formats: { uri: true } });
  const root = 'https://kpi.example/schema.json';
  ajv.addSchema(schema, root);
  let checked = 0;
  eachKey(schema, (path, { examples = [], ...key }) => {
    const fits = ajv.compile({ $ref: `${root}#${path}` });
    for (const value of [...(examples as unknown[]), ...('default' in key ? [key.default] : [])]) {
      checked++;
      expect(fits(value), `${path}: ${JSON.stringify(value)}: ${JSON.stringify(fits.errors)}`).toBe(true);
    }
  });
  expect(checked).toBeGreaterThan(50);
  const example = JSON.parse(readFileSync(new URL('../kpi.config.example.json', import.meta.url), 'utf8'));
  const fits = ajv.getSchema(root);
  expect(fits?.(example), JSON.stringify(fits?.errors)).toBe(true);
});
