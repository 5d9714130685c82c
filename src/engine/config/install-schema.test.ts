import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../sdk/errors.ts';
import { type InstalledSchema, installSchema } from './install-schema.ts';

const schema = { title: 'The config of kpi', type: 'object' };
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-install-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function put(name: string, content: string): void {
  mkdirSync(dirname(join(dir, name)), { recursive: true });
  writeFileSync(join(dir, name), content);
}
const read = (name: string) => readFileSync(join(dir, name), 'utf8');
const install = (file?: string): Promise<InstalledSchema> => installSchema({ cwd: dir, file, schema: async () => schema });

describe('installSchema', () => {
  it('names the schema of the package where it is in node_modules, also further up', async () => {
    put('node_modules/kpi/kpi.config.schema.json', '{}');
    put('kpi.config.json', '{\n  "providers": { "sky": {} }\n}\n');
    const reference = './node_modules/kpi/kpi.config.schema.json';
    expect(await install()).toEqual({ file: 'kpi.config.json', action: 'added', reference });
    expect(read('kpi.config.json')).toBe(`{\n  "$schema": "${reference}",\n  "providers": { "sky": {} }\n}\n`);
    expect(await install()).toEqual({ file: 'kpi.config.json', action: 'ready', reference });
    put('ops/kpi.yaml', '# ours\nproviders: { sky: {} } # one\n');
    expect(await install('ops/kpi.yaml')).toMatchObject({ reference: `../node_modules/kpi/kpi.config.schema.json` });
    expect(read('ops/kpi.yaml')).toBe(
      '# yaml-language-server: $schema=../node_modules/kpi/kpi.config.schema.json\n# ours\nproviders: { sky: {} } # one\n',
    );
    expect(readdirSync(join(dir, 'ops'))).toEqual(['kpi.yaml']);
  });

  it('writes the schema beside the config where the package is not installed, and again when it has changed', async () => {
    put('ops/kpi.config.json', '{"providers":{"sky":{}}}');
    const done = { file: join('ops', 'kpi.config.json'), reference: './kpi.config.schema.json' };
    const written = join('ops', 'kpi.config.schema.json');
    expect(await install('ops/kpi.config.json')).toEqual({ ...done, action: 'added', written });
    expect(JSON.parse(read('ops/kpi.config.schema.json'))).toEqual(schema);
    expect(await install('ops/kpi.config.json')).toEqual({ ...done, action: 'ready' });
    put('ops/kpi.config.schema.json', '{"title":"The config of kpi"}');
    expect(await install('ops/kpi.config.json')).toEqual({ ...done, action: 'ready', written });
  });

  it('leaves alone what bears the name of the schema and is none', async () => {
    put('kpi.config.json', '{"providers":{"sky":{}}}');
    put('kpi.config.schema.json', '{"title":"mine"}');
    await expect(install()).rejects.toThrow(/kpi\.config\.schema\.json is not a schema of kpi: move it away, and run this again$/);
    expect([read('kpi.config.json'), read('kpi.config.schema.json')]).toEqual(['{"providers":{"sky":{}}}', '{"title":"mine"}']);
  });

  it.each([
    ['kpi.config.json', '{"providers":{"sky":{}},}'],
    ['kpi.config.json', '// mine\n{"providers":{}}'],
    ['kpi.config.json', '{"a":1,"a":2}'],
    ['kpi.config.json', '[]'],
    ['kpi.config.json', ''],
    ['kpi.config.yaml', 'a: [1'],
    ['kpi.config.yaml', '- a'],
  ])('does not touch a file that it cannot read: %s with %j', async (name, content) => {
    put(name, content);
    expect(await install().catch((error) => error)).toBeInstanceOf(ConfigError);
    expect(read(name)).toBe(content);
    expect(readdirSync(dir)).toEqual([name]);
  });

  it('does not write what would be another config', async () => {
    const content = '{"$schema":5,"providers":{},"name":"x"}';
    put('kpi.config.json', content);
    put('node_modules/kpi/kpi.config.schema.json', '{}');
    await expect(install()).rejects.toThrow('kpi.config.json could not be edited safely and was left as it is; add the line by hand');
    expect(read('kpi.config.json')).toBe(content);
  });

  it.each([
    ['kpi.config.mjs', 'export default { providers: {} };\n'],
    ['package.json', '{"kpi":{"providers":{}}}'],
  ])('edits neither a program nor package.json: %s', async (name, content) => {
    put(name, content);
    expect(await install()).toMatchObject({ action: 'by-hand', reference: './kpi.config.schema.json' });
    expect(read(name)).toBe(content);
  });

  it('keeps a link a link, and the rights of the file', async () => {
    put('real.json', '{"providers":{}}');
    chmodSync(join(dir, 'real.json'), 0o640);
    symlinkSync('real.json', join(dir, 'kpi.config.json'));
    await install();
    expect(lstatSync(join(dir, 'kpi.config.json')).isSymbolicLink()).toBe(true);
    expect(statSync(join(dir, 'real.json')).mode & 0o777).toBe(0o640);
    expect(JSON.parse(read('real.json')).$schema).toBe('./kpi.config.schema.json');
    expect(existsSync(join(dir, `real.json.${process.pid}.tmp`))).toBe(false);
  });
});
