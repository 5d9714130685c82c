import type { RelayReport } from '../app.ts';
import { plain, plural } from '../report/text.ts';

/** What a relay did, in a few sentences. */
export function relayText({ from, to, delivered, rejected, ended }: RelayReport): string {
  const lines = [`${plural(delivered, 'point')} from ${plain(from)} to ${to.map(plain).join(', ')}`];
  if (rejected > 0) lines.push(`${plural(rejected, 'message')} put aside`);
  if (ended !== undefined) lines.push(plain(ended));
  return `${lines.join('\n')}\n`;
}
