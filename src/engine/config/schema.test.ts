import { describe, expect, it } from 'vitest';
import { madeUpFolder, madeUpProviders, madeUpSinks } from '../../testing/made-up.ts';
import { loadConfig } from './load.ts';
import { configSchema } from './schema.ts';

type Schema = Readonly<Record<string, unknown>>;

const schema = await configSchema({ providers: madeUpProviders, sinks: madeUpSinks });

/** Whether a value fits the schema: the words of JSON Schema that `configSchema` uses, and an error for any other. */
function fits(value: unknown, one: Schema | boolean): boolean {
  if (typeof one === 'boolean') return one;
  return Object.entries(one).every(([word, wanted]) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const text = typeof value === 'string';
    switch (word) {
      case '$schema':
      case '$defs':
      case 'title':
      case 'description':
      case 'default':
      case 'examples':
        return true;
      case '$ref':
        return fits(value, (schema.$defs as Record<string, Schema>)[String(wanted).replace('#/$defs/', '')] ?? false);
      case 'anyOf':
        return (wanted as Schema[]).some((option) => fits(value, option));
      case 'type':
        if (wanted === 'integer') return Number.isInteger(value);
        if (wanted === 'array') return Array.isArray(value);
        return wanted === 'object' ? isObject : typeof value === wanted;
      case 'const':
        return value === wanted;
      case 'enum':
        return (wanted as unknown[]).includes(value);
      case 'pattern':
        return !text || new RegExp(String(wanted)).test(value);
      case 'format':
        return !text || wanted !== 'uri' || URL.canParse(value);
      case 'minLength':
        return !text || value.length >= Number(wanted);
      case 'minimum':
        return typeof value !== 'number' || value >= Number(wanted);
      case 'maximum':
        return typeof value !== 'number' || value <= Number(wanted);
      case 'minItems':
        return !Array.isArray(value) || value.length >= Number(wanted);
      case 'items':
        return !Array.isArray(value) || value.every((item) => fits(item, wanted as Schema));
      case 'minProperties':
        return !isObject || Object.keys(value).length >= Number(wanted);
      case 'required':
        return !isObject || (wanted as string[]).every((key) => Object.hasOwn(value, key));
      case 'propertyNames':
        return !isObject || Object.keys(value).every((key) => fits(key, wanted as Schema));
      case 'properties':
        return (
          !isObject ||
          Object.entries(wanted as Record<string, Schema>).every(
            ([key, child]) => !Object.hasOwn(value, key) || fits(value[key as never], child),
          )
        );
      case 'additionalProperties': {
        const named = Object.keys((one.properties as object | undefined) ?? {});
        return !isObject || Object.keys(value).every((key) => named.includes(key) || fits(value[key as never], wanted as Schema));
      }
      default:
        throw new Error(`this test does not know "${word}"`);
    }
  });
}

const shop = { token: '${SHOP_TOKEN}', cities: [{ name: 'Riga' }] };

const configs: readonly [string, object, boolean][] = [
  ['the least', { providers: { sky: {} } }, true],
  ['a shop', { $schema: 'x', providers: { shop } }, true],
  ['a type that is named', { providers: { a: { type: 'shop', ...shop }, b: { type: 'sky' }, shop: { type: 'sky' } } }, true],
  [
    'all that is common',
    { providers: { sky: { enabled: false, required: false, only: ['weather_*'], tags: { a: 'b' }, every: '4h', settle: '3d' } } },
    true,
  ],
  [
    'secrets from elsewhere',
    { providers: { shop: { ...shop, token: { file: 'x' } }, sky: {} }, sinks: { vault: { path: 'x', password: { command: ['x'] } } } },
    true,
  ],
  [
    'a run',
    { run: { every: '1mo', concurrency: 8, timeout: '1h', failOn: 'any', stateDir: 'x', state: 'local' }, providers: { sky: {} } },
    true,
  ],
  [
    'sinks',
    { providers: { sky: {} }, sinks: { pipe: { path: 'x', autoInit: true, only: ['*'] }, b: { type: 'vault', path: 'x' } }, store: 'b' },
    true,
  ],
  ['an outbox', { providers: { sky: {} }, outbox: { maxBytes: 5000 } }, true],
  [
    'variables where numbers and choices stand',
    {
      providers: { shop: { ...shop, size: '${SIZE:-5}', mode: '${MODE:-slow}', baseUrl: '${URL:-https://x.example}' } },
      run: { concurrency: '${C:-5}' },
    },
    true,
  ],
  // A machine that only relays collects nothing; `kpi collect` says so.
  ['no provider', { providers: {} }, true],
  ['nothing', {}, false],
  ['an unknown key', { providers: { sky: {} }, sink: {} }, false],
  ['an unknown key of a run', { providers: { sky: {} }, run: { evry: '4h' } }, false],
  ['an unknown key of a provider', { providers: { shop: { ...shop, tokn: 'x' } } }, false],
  ['an unknown key further down', { providers: { shop: { ...shop, cities: [{ name: 'Riga', opened: true }] } } }, false],
  ['no type', { providers: { a: shop } }, false],
  ['an unknown type', { providers: { a: { type: 'moon' } } }, false],
  ['another type', { providers: { sky: { type: 'shop' } } }, false],
  ['a missing setting', { providers: { shop: { cities: [{ name: 'Riga' }] } } }, false],
  ['a number out of range', { providers: { shop: { ...shop, size: 101 } } }, false],
  ['no such choice', { providers: { shop: { ...shop, mode: 'slowly' } } }, false],
  ['no URL', { providers: { shop: { ...shop, baseUrl: 'shop' } } }, false],
  ['an enabled that is no flag', { providers: { sky: { enabled: '${ON:-true}' } } }, false],
  ['a secret of another form', { providers: { shop: { ...shop, token: { env: 'x' } } } }, false],
  ['a tag that is no string', { providers: { sky: {} }, tags: { a: 5 } }, false],
  ['a bad name', { providers: { 'My Sky': { type: 'sky' } } }, false],
  ['a key that is not for sinks', { providers: { sky: {} }, sinks: { pipe: { path: 'x', every: '4h' } } }, false],
];

describe('configSchema', () => {
  it.each(configs)('and the program are of one mind on %s', async (_, config, expected) => {
    await using folder = await madeUpFolder({ 'kpi.config.json': config });
    const loaded = await loadConfig(folder.options({ select: { providers: [], sinks: [] }, env: { SHOP_TOKEN: 'x' } })).then(
      () => true,
      () => false,
    );
    expect({ schema: fits(config, schema), program: loaded }).toEqual({ schema: expected, program: expected });
  });

  it('is draft 2020-12, and says of every key what it is', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    const silent: string[] = [];
    function walk(one: unknown, path: string): void {
      if (typeof one !== 'object' || one === null) return;
      const { properties } = one as { readonly properties?: Readonly<Record<string, Schema>> };
      const isSecret = properties && Object.keys(properties).length === 1 && ('file' in properties || 'command' in properties);
      for (const [key, child] of Object.entries(isSecret ? {} : (properties ?? {}))) {
        if (!child.description && !child.anyOf) silent.push(`${path}.${key}`);
      }
      for (const [key, child] of Object.entries(one)) walk(child, `${path}.${key}`);
    }
    walk(schema, '');
    expect(silent).toEqual([]);
  });

  it('keeps defaults and descriptions where variables are allowed too', () => {
    const { properties } = (schema.$defs as Record<string, { properties: Record<string, Schema> }>)['provider-shop'] ?? { properties: {} };
    expect(properties.size).toMatchObject({ description: 'Cities at once.', default: 50 });
    expect(properties.type).toEqual({ type: 'string', const: 'shop', description: expect.any(String) });
  });
});
