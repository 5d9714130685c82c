import { expect, it } from 'vitest';
import { z } from 'zod';
import { settingsOf } from './settings.ts';

it('lists settings, and those inside others, as a schema tells of them', () => {
  const schema = z.strictObject({
    token: z.union([z.string(), z.strictObject({ file: z.string() })]).describe('A token.'),
    orgs: z.array(z.strictObject({ name: z.string(), exclude: z.array(z.string()).default([]) })).default([]),
    server: z.enum(['influxdb2', 'influxdb3']).default('influxdb2'),
    limits: z.strictObject({ each: z.int().optional() }).optional(),
    mixed: z.array(z.union([z.string(), z.strictObject({ url: z.url() })])).optional(),
    fixed: z.literal(1).optional(),
  });
  const settings = settingsOf(z.toJSONSchema(schema, { io: 'input' }));
  expect(settings.map((one) => [one.path, one.type, one.required, one.help, one.default])).toEqual([
    ['token', 'string | { file }', true, 'A token', ''],
    ['orgs', 'object[]', false, '', 'Default: []'],
    ['orgs[].name', 'string', true, '', ''],
    ['orgs[].exclude', 'string[]', false, '', 'Default: []'],
    ['server', '"influxdb2" | "influxdb3"', false, '', 'Default: "influxdb2"'],
    ['limits', 'object', false, '', ''],
    ['limits.each', 'integer', false, '', ''],
    ['mixed', '(string | object)[]', false, '', ''],
    ['mixed[].url', 'string', true, '', ''],
    ['fixed', '1', false, '', ''],
  ]);
});

it('tells of names that differ in case only the first', () => {
  const headers = z.strictObject({ Accept: z.string(), accept: z.string(), 'user-agent': z.string() });
  const settings = settingsOf(z.toJSONSchema(z.strictObject({ headers }), { io: 'input' }));
  expect(settings.map((one) => one.path)).toEqual(['headers', 'headers.Accept', 'headers.user-agent']);
});

it('has nothing to list of what is no object', () => {
  expect(settingsOf({ type: 'string' })).toEqual([]);
});

it('requires no setting of one form of an object that has several', () => {
  const source = z.union([z.strictObject({ file: z.string() }), z.strictObject({ url: z.string(), query: z.string() })]);
  const settings = settingsOf(z.toJSONSchema(z.strictObject({ from: z.array(source) }), { io: 'input' }));
  expect(settings.map((one) => [one.path, one.required])).toEqual([
    ['from', true],
    ['from[].file', false],
    ['from[].url', false],
    ['from[].query', false],
  ]);
});
