import type { Registry } from '../../src/engine/config/config.ts';
import * as sections from '../../src/engine/config/sections.ts';
import { topKeys } from '../../src/engine/config/sections.ts';
import type { AnySink } from '../../src/sdk/sink.ts';
import { code, madeFrom, table } from './markdown.ts';
import { settingsTable } from './settings-table.ts';

const meanings: Readonly<Record<(typeof topKeys)[number], string>> = {
  $schema:
    'where the JSON Schema is, for editors: `kpi config schema --install` writes the line, also into YAML, `kpi config schema` prints the schema',
  run: 'how a run goes: [below](#run)',
  tags: 'name → text, added to every point. They are identity: a new one starts new series',
  providers: 'where numbers come from, at least one: [below](#providers)',
  store: 'the sink that questions go to. Default: the first that can answer',
  sinks: 'where points go: [below](#sinks). Default: the database `kpi.db` beside the config',
  outbox: 'what waits on disk for sinks that do not take it: [below](#outbox)',
};

/** `docs/config.md`: all that is not an integration's own. */
export async function configPage(sinks: Registry<AnySink>): Promise<string> {
  const known = await Promise.all(Object.values(sinks).map((load) => load()));
  const byItself = known.filter(({ autoInit }) => autoInit).map(({ name }) => code(name));
  return `${[
    madeFrom('src/engine/config/sections.ts'),
    '# The config',
    `Looked for in the working directory as \`kpi.config.json\`, \`.yaml\`, \`.js\`, \`.mjs\` or \`.ts\`, or as \`kpi\` in \`package.json\`;
\`--config\` names another. [kpi.config.example.json](../kpi.config.example.json) is a whole one. \`kpi config check\` tells all that is wrong
with yours at once, and \`kpi config show\` how it is understood. Paths in it are relative to it. Durations are written \`90s\`, \`10m\`, \`4h\`,
\`3d\`; periods of a schedule divide a day or are whole days: \`15m\`, \`4h\`, \`1d\`, \`1w\`, \`1mo\`.`,
    table(
      ['key', 'what it is'],
      topKeys.map((key) => [code(key), meanings[key]]),
    ),
    '## Variables and secrets',
    `Any string may hold \`\${NAME}\`, \`\${NAME:-default}\` or \`\${NAME:?what to do when it is not set}\`; \`$\${\` stands for \`\${\` itself. An empty
variable counts as not set. Only what a run selects is filled: \`--providers nuget\` needs no \`GITHUB_TOKEN\`. \`type\` and \`enabled\` are
written out.`,
    `A setting that is a secret also takes \`{ "file": "token.txt" }\`, or \`{ "command": ["pass", "show", "kpi"] }\`: a program that is started
without a shell, with nothing to read, and for 10 seconds at most. A secret that is written out in the file is a warning.`,
    '## run',
    settingsTable(sections.run),
    '## providers',
    'An entry is called as you like (`--providers` and the report use that name), and `type` says which provider it is. Every entry may have:',
    settingsTable(sections.providerHead.extend(sections.providerCommon.shape)),
    '## sinks',
    'Every entry may have:',
    settingsTable(sections.sinkHead.extend(sections.sinkCommon.shape)),
    `\`autoInit\` is on for ${byItself.join(' and ')} where the entry does not say. Elsewhere what is missing is made by \`kpi db init\`, and
until then the points wait in the outbox.`,
    `Each file is one sink's alone. A config in which two sinks write to one file, whatever links lead to it, or one writes to the config or to
kpi's own memory in \`run.stateDir\`, is refused.`,
    '## outbox',
    settingsTable(sections.outbox),
  ].join('\n\n')}\n`;
}
