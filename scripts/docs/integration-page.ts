import { capabilityCells, fieldHelp, historyText, limitCells } from '../../src/cli/integration.ts';
import type { IntegrationInfo } from '../../src/engine/describe.ts';
import type { Measurement } from '../../src/sdk/measurement.ts';
import { formattedJson } from './json.ts';
import { block, code, linked, madeFrom, sentence, table } from './markdown.ts';
import { jsonSettingsTable } from './settings-table.ts';

/** `docs/providers/NAME.md` */
export async function providerPage(info: IntegrationInfo): Promise<string> {
  const limits = (info.limits ?? []).map((limit) => limitCells(limit).map(({ text }) => linked(text)));
  return await page('providers', info, [
    ...(info.measurements ?? []).map((one) => measurementSection(one)),
    '## Limits',
    table(['limit', 'targets', 'source'], limits),
  ]);
}

/** `docs/sinks/NAME.md` */
export async function sinkPage(info: IntegrationInfo): Promise<string> {
  const facts = info.accepts === undefined ? [] : capabilityCells(info.accepts).map((cells) => cells.map(({ text }) => text));
  return await page('sinks', info, ['## What it takes', 'With the settings of the example:', table(['what', 'how'], facts)]);
}

async function page(section: 'providers' | 'sinks', info: IntegrationInfo, parts: readonly string[]): Promise<string> {
  const folder = `src/${section}/${info.name}`;
  const example = await formattedJson({ [section]: { [info.name]: info.example } });
  return [
    madeFrom(folder),
    `# ${info.name}`,
    `${info.help} This page lists everything; [its README](../../${folder}/README.md) explains it.`,
    block('json', example.trimEnd()),
    '## Settings',
    `Besides those that [every entry of \`${section}\`](../config.md#${section}) has.`,
    jsonSettingsTable(info.settings),
    ...parts,
  ]
    .join('\n\n')
    .concat('\n');
}

/** A measurement: its tags, its fields, its time. */
export function measurementSection(measurement: Measurement, heading = '##'): string {
  const tags = Object.entries(measurement.tags).map(([tag, help]) => [code(tag), 'tag', '', sentence(help)]);
  const fields = Object.entries(measurement.fields).map(([name, field]) => [
    code(name),
    field.kind,
    code(field.unit ?? ''),
    sentence(fieldHelp(field)),
  ]);
  const history = measurement.history === undefined ? 'it has no past' : `its past: ${historyText(measurement.history)}`;
  return [
    `${heading} ${code(measurement.name)}`,
    `${measurement.help} A point's time is ${times[measurement.time]}; ${history}.`,
    table(['name', 'kind', 'unit', 'meaning'], [...tags, ...fields]),
  ].join('\n\n');
}

const times: Readonly<Record<Measurement['time'], string>> = {
  snapshot: 'the time that the run stands for',
  event: 'its own instant',
  day: '00:00 UTC of the day',
  month: '00:00 UTC of the first of the month',
};
