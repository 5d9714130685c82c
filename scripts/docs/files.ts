import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configSchema } from '../../src/engine/config/schema.ts';
import { describeProviders, describeSinks } from '../../src/engine/describe.ts';
import { providers } from '../../src/providers/index.ts';
import { sinks } from '../../src/sinks/index.ts';
import { faultsPage } from '../../test/faults/page.ts';
import { commandsPage } from './commands-page.ts';
import { configPage } from './config-page.ts';
import { exitCodesPage } from './exit-codes-page.ts';
import { historyPage } from './history-page.ts';
import { providerPage, sinkPage } from './integration-page.ts';
import { formattedJson } from './json.ts';
import { reportPage } from './report-page.ts';
import { sinksPage } from './sinks-page.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Everything that is made from the code: path → content. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const made: [string, string][] = [
    ['kpi.config.schema.json', await formattedJson(await configSchema({ providers, sinks }))],
    ['docs/config.md', await configPage(sinks)],
    ['docs/cli.md', await commandsPage(root)],
    ['docs/exit-codes.md', exitCodesPage()],
    ['docs/report.md', reportPage()],
    ['docs/faults.md', faultsPage()],
  ];
  const upstreams = await describeProviders(providers);
  for (const info of upstreams) made.push([`docs/providers/${info.name}.md`, await providerPage(info)]);
  made.push(['docs/history.md', historyPage(upstreams)]);
  const stores = await describeSinks(sinks);
  for (const info of stores) made.push([`docs/sinks/${info.name}.md`, await sinkPage(info)]);
  made.push(['docs/sinks.md', sinksPage(stores)]);
  return new Map(made);
}

/** The paths whose content differs, or that are no longer made. */
export function stale(files: ReadonlyMap<string, string>): readonly string[] {
  const differ = [...files].filter(
    ([path, content]) => !existsSync(`${root}/${path}`) || readFileSync(`${root}/${path}`, 'utf8') !== content,
  );
  const left = globSync('docs/{providers,sinks}/*.md', { cwd: root }).filter((path) => !files.has(path));
  return [...differ.map(([path]) => path), ...left].sort();
}
