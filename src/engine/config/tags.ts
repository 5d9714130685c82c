import { type Measurement, namePattern, reservedNames } from '../../sdk/measurement.ts';

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
