import type { z } from 'zod';
import { type Measurement, namePattern } from '../../sdk/measurement.ts';
import { deltaName, isNamed } from '../measurements-of.ts';
import { nearest } from '../nearest.ts';
import type { Notes } from './notes.ts';
import type { Path } from './path.ts';
import type * as sections from './sections.ts';

type Common = Pick<z.output<typeof sections.providerCommon>, 'guards' | 'deltas'>;

interface Place {
  readonly name: string;
  readonly path: Path;
}

/** Checks that what `guards` and `deltas` name are counters of snapshots: only those have a last reading to be compared with. */
export function checkCounters({ guards = {}, deltas = [] }: Common, declared: readonly Measurement[], entry: Place, notes: Notes): void {
  for (const name of Object.keys(guards)) {
    const problem = counterProblem(name, declared, entry.name);
    if (problem !== undefined) notes.problem([...entry.path, 'guards', name], problem);
  }
  for (const [index, name] of deltas.entries()) {
    const problem = counterProblem(name, declared, entry.name) ?? deltaProblem(name, declared);
    if (problem !== undefined) notes.problem([...entry.path, 'deltas', index], problem);
  }
}

function counterProblem(name: string, declared: readonly Measurement[], instance: string): string | undefined {
  const meant = fieldsNamed(name, declared);
  if (meant.some(({ kind, of }) => kind === 'counter' && of.time === 'snapshot')) return undefined;
  const counter = meant.find(({ kind }) => kind === 'counter');
  if (counter) {
    const { name: measurement, time } = counter.of;
    return `is of ${measurement}, whose points have times of their own (${time}): it has no last reading, as a snapshot has, that it could be compared with`;
  }
  if (meant[0]) return `is a ${meant[0].kind}, no counter: only totals that grow can be compared with their last reading`;
  const known = declared.flatMap((one) => (one.time === 'snapshot' ? countersOf(one) : []));
  const names = [...new Set([...known, ...declared.flatMap((one) => (one.time === 'snapshot' ? dotted(one) : []))])];
  const near = nearest(name, names);
  const hint = near !== undefined ? `did you mean "${near}"?` : known.length > 0 ? `there are ${known.join(', ')}` : 'it has none';
  return `is no counter of "${instance}"; ${hint}`;
}

/** What else of the same measurement has the name that the difference would have. */
function deltaProblem(name: string, declared: readonly Measurement[]): string | undefined {
  for (const { field, of } of fieldsNamed(name, declared)) {
    const derived = deltaName(field);
    if (!namePattern.test(derived)) return `would make the field ${derived}, whose name is too long`;
    const what = Object.hasOwn(of.fields, derived) ? 'field' : Object.hasOwn(of.tags, derived) ? 'tag' : undefined;
    if (what !== undefined) return `would make the field ${derived}, which is already a ${what} of ${of.name}`;
  }
  return undefined;
}

function fieldsNamed(name: string, declared: readonly Measurement[]) {
  return declared.flatMap((of) =>
    Object.entries(of.fields)
      .filter(([field]) => isNamed([name], of.name, field))
      .map(([field, { kind }]) => ({ field, kind, of })),
  );
}

function countersOf({ fields }: Measurement): string[] {
  return Object.keys(fields).filter((field) => fields[field]?.kind === 'counter');
}

function dotted(one: Measurement): string[] {
  return countersOf(one).map((field) => `${one.name}.${field}`);
}
