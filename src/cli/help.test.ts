import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core/config';
import { settings } from '@oclif/core/settings';
import { expect, it } from 'vitest';
import { helpPage } from './help.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('makes pages that fit 80 columns, have no colours, and name no version', async () => {
  settings.enableAutoTranspile = false;
  const description = 'word '.repeat(30).trim();
  const pjson = { name: 'kpi', version: '1.2.3', oclif: { bin: 'kpi', description, commands: './src/commands', topicSeparator: ' ' } };
  const config = new Config({ root, pjson: pjson as never, ignoreManifest: true });
  await config.load();
  const page = await helpPage(config, []);
  expect(page).toContain('VERSION\n  <version>\n');
  expect(page).not.toContain('1.2.3');
  expect(page).not.toContain('\u001b');
  expect(page.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(page.replaceAll('\n', ' ')).toContain(description);
  expect(await helpPage(config, ['db', 'init'])).toContain('$ kpi db init [FLAGS]');
});
