import type { Measurement } from '../../sdk/measurement.ts';
import { withDeltas } from '../measurements-of.ts';
import { nearest } from '../nearest.ts';
import { matchesAny } from '../patterns.ts';
import { checkCounters } from './counters.ts';
import type { Draft } from './draft.ts';
import type { Notes } from './notes.ts';
import type { Path } from './path.ts';
import { tagNameProblem } from './tags.ts';

/** Checks what the config says of measurements, its tags and its patterns, against those that are declared. */
export function checkMeasurements(draft: Draft, own: readonly Measurement[]): void {
  const { notes } = draft;
  const declared: Measurement[] = [...own];
  let complete = true;
  for (const { entry, common, settings } of draft.providers) {
    const own = settings.value === undefined ? undefined : entry.integration.measurements(settings.value);
    if (own) checkCounters(common.value ?? {}, own, entry, notes);
    const measurements = own && withDeltas(own, common.value?.deltas);
    checkTags(entry.common.tags, [...entry.path, 'tags'], measurements ?? [], notes);
    if (!measurements) {
      complete = false;
      continue;
    }
    declared.push(...measurements);
    checkOnly(common.value?.only, entry.path, measurements, `measurement of "${entry.name}"`, notes);
  }
  checkTags(draft.source.raw.tags, ['tags'], declared, notes);
  if (!complete || draft.providers.length === 0) return;
  for (const { entry, common } of draft.sinks) checkOnly(common.value?.only, entry.path, declared, 'measurement of any provider', notes);
}

function checkTags(tags: unknown, path: Path, measurements: readonly Measurement[], notes: Notes): void {
  if (typeof tags !== 'object' || tags === null) return;
  for (const name of Object.keys(tags)) {
    const problem = tagNameProblem(name, measurements);
    if (problem !== undefined) notes.problem([...path, name], problem);
  }
}

function checkOnly(
  patterns: readonly string[] | undefined,
  path: Path,
  declared: readonly Measurement[],
  what: string,
  notes: Notes,
): void {
  const names = [...new Set(declared.map((one) => one.name))];
  for (const [index, pattern] of (patterns ?? []).entries()) {
    if (names.some((name) => matchesAny([pattern], name))) continue;
    const near = nearest(pattern, names);
    const hint = near === undefined ? `; there are ${names.join(', ')}` : `; did you mean "${near}"?`;
    notes.problem([...path, 'only', index], `fits no ${what}${hint}`);
  }
}
