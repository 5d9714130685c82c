// Writes oclif.manifest.json: what the built commands declare, and their help pages, so that the program starts without loading them.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Config, Plugin } from '@oclif/core/config';
import { settings } from '@oclif/core/settings';
import { helpPage } from '../src/cli/help.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = `${root}/oclif.manifest.json`;
const pjson = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
settings.enableAutoTranspile = false;
rmSync(file, { force: true });

const plugin = new Plugin({ root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true, respectNoCacheDefault: true });
await plugin.load();

const ids = Object.keys(plugin.manifest.commands);
const topics = ids.filter((id) => id.includes(':')).map((id) => id.slice(0, id.indexOf(':')));
const help: Record<string, string> = {};
for (const words of ['', ...new Set(topics), ...ids.map((id) => id.replaceAll(':', ' '))]) {
  const config = new Config({ root, pjson, ignoreManifest: true });
  await config.load();
  help[words] = await helpPage(config, words === '' ? [] : words.split(' '));
}
writeFileSync(file, `${JSON.stringify({ ...plugin.manifest, help }, null, 2)}\n`);
