import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { instanceNames } from './names.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-names-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const names = (section: 'providers' | 'sinks' = 'providers', file?: string) => instanceNames({ cwd: dir, file, section });

it.each([
  ['kpi.config.json', '\ufeff{"providers":{"docs":{"token":"${UNSET}"},"web-2":{}}}'],
  ['kpi.config.yaml', 'providers:\n  docs: { token: { command: [touch, ran] } }\n  web-2:\n'],
  ['package.json', '{"kpi":{"providers":{"docs":{},"web-2":{}}}}'],
])('finds the names of instances in %s, whatever else is in it', async (file, content) => {
  writeFileSync(join(dir, file), content);
  expect(await names()).toEqual(['docs', 'web-2']);
  expect(await names('sinks')).toEqual([]);
  expect(await names('providers', file)).toEqual(['docs', 'web-2']);
  expect(existsSync(join(dir, 'ran'))).toBe(false);
});

it('leaves out names that no instance can have', async () => {
  writeFileSync(
    join(dir, 'kpi.config.json'),
    JSON.stringify({ sinks: { '$(touch x)': {}, 'a b': {}, 'a;b': {}, '-x': {}, ok: {}, 'a\nb': {} } }),
  );
  expect(await names('sinks')).toEqual(['ok']);
});

it('runs no program', async () => {
  writeFileSync(
    join(dir, 'kpi.config.mjs'),
    `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(join(dir, 'ran'))}, ''); export default { providers: { a: {} } };`,
  );
  expect(await names()).toEqual([]);
  expect(existsSync(join(dir, 'ran'))).toBe(false);
});

it.each(['', '{', '[]', 'null', '{"providers":5}'])('has none, and no error, for %j', async (content) => {
  writeFileSync(join(dir, 'kpi.config.json'), content);
  expect(await names()).toEqual([]);
  expect(await names('providers', 'none.json')).toEqual([]);
});
