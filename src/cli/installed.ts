import type { InstalledSchema } from '../app.ts';
import { plain, wrap } from '../report/text.ts';

/** What `kpi config schema --install` did, and what is left to do. `columns`: of the terminal, where there is one. */
export function installedText({ file, action, reference, written }: InstalledSchema, columns: number | undefined): string {
  const lines = written === undefined ? [] : [`wrote ${plain(written)}`];
  lines.push(deeds[action](plain(file), plain(reference)));
  const shown = columns === undefined ? lines : lines.flatMap((line) => wrap(line, columns));
  // What is to be copied is never broken.
  if (action === 'by-hand') shown.push(`  $schema: ${JSON.stringify(plain(reference))},`);
  return `${shown.join('\n')}\n`;
}

const deeds: Readonly<Record<InstalledSchema['action'], (file: string, reference: string) => string>> = {
  added: (file, reference) => `${file} now names its schema: ${reference}`,
  changed: (file, reference) => `${file} now names another schema: ${reference}`,
  ready: (file, reference) => `${file} names its schema already: ${reference}`,
  'by-hand': (file) =>
    `${file} was left as it is: only configs of JSON and YAML are edited, and only in those do editors look for a schema. To name it all the same, add to the config by hand:`,
};
