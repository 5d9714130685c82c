import { capabilityCells } from '../../src/cli/integration.ts';
import type { IntegrationInfo } from '../../src/engine/describe.ts';
import type { Capabilities, FieldKind } from '../../src/sdk/index.ts';
import { madeFrom, table } from './markdown.ts';

const kinds: readonly FieldKind[] = ['gauge', 'counter', 'ratio', 'flag', 'moment', 'text', 'name', 'summary', 'histogram'];

/** `docs/sinks.md`: all stores side by side. */
export function sinksPage(sinks: readonly IntegrationInfo[]): string {
  const rows = sinks.flatMap((info) => [
    row(`[${info.name}](sinks/${info.name}.md)`, info, info.accepts),
    ...(info.variants ?? []).map((variant) => row(`${info.name}: ${variant.name}`, info, variant.accepts)),
  ]);
  const headings = ['store', 'a batch is stored', 'key', 'the same again', 'times', 'does not hold', 'batch'];
  return [
    madeFrom('src/sinks'),
    '# What each store promises',
    'Whatever the store, each point that is offered to it is accepted, rejected with a reason, or waits in the outbox until it is one of the two; what neither the store nor the disk takes is counted as lost, and the run fails. The table says when a batch counts as accepted, and what becomes of a point that is written again, as after an answer that did not arrive.',
    table(headings, rows),
    '## What is not promised',
    ...sinks.map((info) => [`### ${info.name}`, (info.promises?.not ?? []).map((one) => `- ${one}.`).join('\n')].join('\n\n')),
  ]
    .join('\n\n')
    .concat('\n');
}

function row(name: string, { promises }: IntegrationInfo, accepts: Capabilities | undefined): readonly string[] {
  if (!accepts || !promises?.stored || !promises.key) throw new TypeError(`${name} does not say what it promises`);
  const cells = new Map(capabilityCells(accepts).map(([heading, text]) => [heading?.text, text?.text ?? '']));
  const missing = kinds.filter((kind) => !accepts.kinds.includes(kind));
  const again = [cells.get('the same again'), ...(accepts.fixedTags ? [cells.get('tags')] : [])].join('; ');
  return [
    name,
    promises.stored,
    promises.key,
    again,
    cells.get('times') ?? '',
    missing.length === 0 ? 'nothing' : missing.join(', '),
    `${accepts.batch.entries.toLocaleString('en')}`,
  ];
}
