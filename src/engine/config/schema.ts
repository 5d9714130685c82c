import { z } from 'zod';
import type { AnyProvider } from '../../sdk/provider.ts';
import type { AnySink } from '../../sdk/sink.ts';
import type { Registry } from './config.ts';
import { withExamples } from './examples.ts';
import { isRecord } from './path.ts';
import * as sections from './sections.ts';

type Schema = Readonly<Record<string, unknown>>;

export const schemaTitle = 'The config of kpi';

/** Where the schema is in a folder that has the package in its node_modules. */
const packagedSchema = './node_modules/kpi/kpi.config.schema.json';

/** The JSON Schema (draft 2020-12) of the config, from the types that check it, for editors. */
export async function configSchema(registries: {
  readonly providers: Registry<AnyProvider>;
  readonly sinks: Registry<AnySink>;
}): Promise<Schema> {
  const providers = await entrySchemas('provider', registries.providers, sections.providerHead, sections.providerCommon);
  const sinks = await entrySchemas('sink', registries.sinks, sections.sinkHead, sections.sinkCommon);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: schemaTitle,
    type: 'object',
    properties: {
      $schema: { type: 'string', description: 'Where this schema is, for editors.', examples: [packagedSchema] },
      run: { description: 'How a run goes.', examples: [{ every: '4h' }], ...variable(jsonSchema(sections.run)) },
      tags: {
        description: 'Added to every point, as part of its identity: a new tag starts new series.',
        examples: [{ team: 'growth' }],
        ...jsonSchema(sections.tags),
      },
      providers: {
        description: 'Where numbers come from: the name of an entry, and its settings.',
        ...entries('provider', providers),
      },
      store: { type: 'string', description: 'The sink that questions go to. Default: the first that can answer.', examples: ['local'] },
      sinks: { description: 'Where points go. Default: the database kpi.db beside the config.', ...entries('sink', sinks) },
      outbox: {
        description: 'What waits on disk for sinks that do not take it.',
        examples: [{ maxBytes: '1GiB' }],
        ...variable(jsonSchema(sections.outbox)),
      },
    },
    required: ['providers'],
    additionalProperties: false,
    $defs: Object.fromEntries([...providers, ...sinks].map(({ key, schema }) => [key, schema])),
  };
}

interface EntrySchema {
  readonly name: string;
  readonly key: string;
  readonly schema: Schema;
  readonly help: string;
  readonly example: Schema;
}

async function entrySchemas(
  word: string,
  registry: Registry<AnyProvider | AnySink>,
  head: z.ZodObject,
  common: z.ZodObject,
): Promise<EntrySchema[]> {
  const known = Object.entries(registry).map(async ([name, load]): Promise<EntrySchema> => {
    const integration = await load();
    const shared = { ...properties(jsonSchema(head)), ...properties(variable(jsonSchema(common))) };
    const type = { ...asSchema(shared.type), const: name };
    const schema = withProperties(variable(jsonSchema(integration.settings)), { ...shared, type });
    const { help, example } = integration;
    return { name, key: `${word}-${name}`, help, example, schema: { description: help, ...withExamples(schema, [example]) } };
  });
  return await Promise.all(known);
}

/** An entry by the name of an integration need not say its type; any other must. */
function entries(word: string, known: readonly EntrySchema[]): Schema {
  const typed = known.map(({ key }) => ({ $ref: `#/$defs/${key}`, required: ['type'] }));
  const named = known.map(({ name, key, help, example }) => [
    name,
    {
      description: help,
      examples: [example],
      anyOf: [{ $ref: `#/$defs/${key}` }, ...typed.filter(({ $ref }) => !$ref.endsWith(`/${key}`))],
    },
  ]);
  return {
    type: 'object',
    examples: known.slice(0, 1).map(({ name, example }) => ({ [name]: example })),
    properties: Object.fromEntries(named),
    additionalProperties: { description: `A ${word} under a name of its own.`, anyOf: typed },
    propertyNames: { pattern: sections.instanceName.source },
  };
}

function jsonSchema(schema: z.ZodType): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    // zod leaves out the examples of what is transformed, as secrets are: they might be of what comes out.
    override({ zodSchema, jsonSchema }) {
      const { examples } = z.globalRegistry.get(zodSchema) ?? {};
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  });
  return rest;
}

/** The same object with more keys: each form of it, where it has several. */
function withProperties(schema: Schema, more: Schema): Schema {
  const forms = ['anyOf', 'oneOf', 'allOf'].find((key) => Array.isArray(schema[key]));
  if (forms !== undefined) return { ...schema, [forms]: (schema[forms] as Schema[]).map((one) => withProperties(one, more)) };
  return { ...schema, properties: { ...more, ...properties(schema) } };
}

/** The schema, with `${NAME}` allowed wherever more than a plain string is wanted. */
function variable(schema: Schema): Schema {
  const inside = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (key === 'properties') return [key, mapValues(asSchema(value), (child) => variable(asSchema(child)))];
      if (key === 'items' || key === 'additionalProperties') return [key, isRecord(value) ? variable(value) : value];
      if (key === 'anyOf' || key === 'oneOf' || key === 'allOf') return [key, (value as Schema[]).map(variable)];
      return [key, value];
    }),
  );
  const { description, default: standard, examples, ...wanted } = inside;
  const plain = wanted.type === 'string' && wanted.pattern === undefined && wanted.format === undefined && wanted.enum === undefined;
  const scalar = /^(string|number|integer|boolean)$/.test(String(wanted.type)) || wanted.enum !== undefined;
  if (plain || !scalar || wanted.const !== undefined) return inside;
  return {
    ...(description !== undefined && { description }),
    ...(standard !== undefined && { default: standard }),
    ...(examples !== undefined && { examples }),
    anyOf: [wanted, { type: 'string', pattern: '\\$\\{' }],
  };
}

function properties(schema: Schema): Schema {
  return asSchema(schema.properties);
}

function asSchema(value: unknown): Schema {
  return isRecord(value) ? value : {};
}

function mapValues(schema: Schema, change: (value: unknown) => unknown): Schema {
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, change(value)]));
}
