import { z } from 'zod';
import { settingsOf } from '../../src/cli/settings.ts';
import { code, sentence, table } from './markdown.ts';

/** The settings that a schema describes. */
export function settingsTable(schema: z.ZodType): string {
  return jsonSettingsTable(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
}

/** The settings in a JSON Schema. Of names that differ in case only, such as those of headers, the first is told. */
export function jsonSettingsTable(schema: object): string {
  const told = new Map([...settingsOf(schema)].reverse().map((one) => [one.path.toLowerCase(), one]));
  const rows = [...told.values()].reverse().map((one) => [
    code(one.path),
    // What a list of objects has is told by its own rows.
    code(one.type.replace(/\{[^{}]{40,}\}/, 'object')),
    one.required ? 'required' : code(one.default.replace(/^Default: /, '')),
    sentence(one.help),
  ]);
  return table(['setting', 'type', 'default', 'meaning'], rows);
}
