import { Ajv } from 'ajv';
import { parseAllDocuments } from 'yaml';

/** The documents of a YAML file as plain data. Throws for what a strict reader would not take: a key twice, a tab, an unknown tag. */
export function parseYaml(text: string): readonly unknown[] {
  return [...parseAllDocuments(text, { strict: true, uniqueKeys: true })].map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) throw problem;
    return document.toJS();
  });
}

/** What a JSON Schema has against a value: a line for each problem, with its path. */
export function schemaProblems(schema: object, value: unknown): readonly string[] {
  // Published schemas name their dialect in many ways, and themselves as draft 4 did; what Ajv does not know in them (keywords for
  // editors) says nothing.
  const known = JSON.parse(JSON.stringify(schema), (key, value) =>
    (key === '$schema' || key === 'id') && typeof value === 'string' ? undefined : value,
  );
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false }).compile(known);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
}
