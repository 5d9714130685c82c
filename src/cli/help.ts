import type { Config } from '@oclif/core/config';
import { Help } from '@oclif/core/help';
import { wrap } from '../report/text.ts';
import { versionMark } from './manifest.ts';

const columns = 80;

/** The help page of a command, of a topic, or (no words) of the program. */
export async function helpPage(config: Config, words: readonly string[]): Promise<string> {
  let page = '';
  const log = (text = '') => {
    page += `${text}\n`;
  };
  const help = new Help(config, { maxWidth: columns, flagSortOrder: 'none', hideCommandSummaryInDescription: true, stripAnsi: true });
  await Object.assign(help, { log }).showHelp([...words]);
  // oclif does not wrap the first line.
  const lines = page.replaceAll(config.userAgent, versionMark).trimEnd().split('\n');
  return [...wrap(lines[0] ?? '', columns), ...lines.slice(1)].join('\n');
}
