import { type Measurement, namePattern, reservedNames } from '../../sdk/measurement.ts';
import type { Redactor } from '../redact.ts';

/** What is wrong with the name of a config's tag that every point of these measurements is to carry; undefined when nothing is. */
export function tagNameProblem(name: string, measurements: readonly Measurement[]): string | undefined {
  if (!namePattern.test(name)) return `is no name of a tag: it must match ${namePattern.source}`;
  if (reservedNames.has(name)) return 'is no name of a tag: kpi uses it itself; choose another';
  for (const measurement of measurements) {
    if (Object.hasOwn(measurement.tags, name)) return `is already a tag of ${measurement.name}; choose another name`;
    if (Object.hasOwn(measurement.fields, name)) return `is already a field of ${measurement.name}; choose another name`;
  }
  return undefined;
}

/** What is wrong with the value of a config's tag; undefined when nothing is. Never quotes it. */
export function tagValueProblem(value: string, redactor: Redactor): string | undefined {
  if (value.includes('\0')) return 'holds a NUL character, which no store takes';
  if (redactor.holds(value))
    return 'holds a secret, or a variable whose name says that it is one, and would stand in every point; give it another value';
  return undefined;
}
