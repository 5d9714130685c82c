import { readFileSync } from 'node:fs';
import { Config } from '@oclif/core/config';
import { settings } from '@oclif/core/settings';
import { spaced } from '../../src/cli/commands.ts';
import { helpPage } from '../../src/cli/help.ts';
import { block, madeFrom } from './markdown.ts';

/** `docs/cli.md`: the help of each command, as it is printed. */
export async function commandsPage(root: string): Promise<string> {
  const names = (await sourcesConfig(root)).commandIDs.map(spaced).sort();
  const parts = [
    madeFrom('src/commands'),
    '# Commands',
    'The help of each command, as `kpi COMMAND --help` prints it. What their [exit codes](exit-codes.md) mean is told apart.',
  ];
  for (const name of names) {
    // Each page needs a config of its own: making one changes it.
    const page = await helpPage(await sourcesConfig(root), name.split(' '));
    parts.push(`## kpi ${name}`, block('text', page));
  }
  return `${parts.join('\n\n')}\n`;
}

/** The program as its sources have it, so that nothing need be built. */
export async function sourcesConfig(root: string): Promise<Config> {
  const pjson = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  settings.enableAutoTranspile = false;
  const config = new Config({ root, pjson: { ...pjson, oclif: { ...pjson.oclif, commands: './src/commands' } }, ignoreManifest: true });
  await config.load();
  return config;
}
