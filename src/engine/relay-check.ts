import type { Measurement } from '../sdk/measurement.ts';
import type { Entry } from '../sdk/point.ts';
import { fieldProblem } from './check.ts';

/**
 * What is wrong with an entry that comes from elsewhere, in words; undefined when nothing is. Its times were judged when it was collected. It
 * may have tags that are not declared: those of the config that it was collected with.
 */
export function entryProblem({ point }: Entry, { tags, fields }: Measurement): string | undefined {
  for (const name in tags) if (!Object.hasOwn(point.tags, name)) return `tag ${name} is missing`;
  for (const name in point.tags) {
    const value = point.tags[name];
    if (typeof value !== 'string' || value === '') return `tag ${name} must be text that is not empty`;
    if (value.includes('\0')) return `tag ${name} holds a NUL character`;
    if (!value.isWellFormed()) return `tag ${name} holds half a character`;
    if (!Object.hasOwn(tags, name) && Object.hasOwn(fields, name)) return `tag ${name} is declared as a field`;
  }
  let measured = false;
  for (const name in point.fields) {
    const value = point.fields[name];
    const wrong = fieldProblem(Object.hasOwn(fields, name) ? fields[name] : undefined, value as string);
    if (wrong !== undefined) return `field ${name} ${wrong}`;
    measured = true;
  }
  if (!measured) return 'it has no field';
  return Number.isNaN(point.time.getTime()) ? 'its time is not a time' : undefined;
}
