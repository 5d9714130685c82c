import { existsSync, readFileSync } from 'node:fs';
import { identityOf, isCollected } from '../store.ts';

/** The identities in a file of NDJSON, each of whose lines must be whole. */
export function identitiesOfLines(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  if (lines.pop() !== '') throw new Error(`${path} ends in the middle of a line`);
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ measurement }) => isCollected(measurement))
    .map(({ measurement, tags, time }) => identityOf(measurement, tags, new Date(time)));
}
