import type { InstalledSchema } from '../app.ts';
import { plain } from '../report/text.ts';

/** What `kpi config schema --install` did, and what is left to do. */
export function installedText({ file, action, reference, written }: InstalledSchema): string {
  const lines = written === undefined ? [] : [`wrote ${plain(written)}`];
  lines.push(...deeds[action](plain(file), plain(reference)));
  return `${lines.join('\n')}\n`;
}

const deeds: Readonly<Record<InstalledSchema['action'], (file: string, reference: string) => readonly string[]>> = {
  added: (file, reference) => [`${file} now names its schema: ${reference}`],
  changed: (file, reference) => [`${file} now names another schema: ${reference}`],
  ready: (file, reference) => [`${file} names its schema already: ${reference}`],
  'by-hand': (file, reference) => [
    `${file} was left as it is: only configs of JSON and YAML are edited, and only in those do editors look for`,
    'a schema. To name it all the same, add to the config by hand:',
    `  $schema: ${JSON.stringify(reference)},`,
  ],
};
