import type { Redactor } from './redact.ts';

/** Ids that an upstream never changes, each with the name that it had last. */
export type Names = readonly (readonly [id: string, name: string])[];

/** What the things of one instance are called, as far as its provider tells ids that stay. */
export interface Identities {
  /** Takes in what one is called now; gives a sentence where its name, or whose name that is, was another in earlier runs. */
  see(id: string, name: string): string | undefined;
  /** What is to be remembered; undefined where it is what was known. */
  changed(): Names | undefined;
}

/** Of one instance; further ones are not watched. */
const mostNames = 50_000;
const longest = 300;

export function createIdentities(known: Names, redactor: Redactor): Identities {
  const names = new Map(known);
  const before = new Map(known);
  const owners = new Map(known.map(([id, name]) => [name, id]));
  const told = new Set<string>();
  let isChanged = false;

  function isFit(text: unknown): boolean {
    return typeof text === 'string' && text !== '' && text.length <= longest && !redactor.holds(text);
  }

  return {
    see(id, name) {
      // First, since it is so of almost all: thousands in a run need not be searched for secrets again.
      if (names.get(id) === name) return undefined;
      if (!isFit(id) || !isFit(name)) return undefined;
      if (!names.has(id) && names.size >= mostNames) return undefined;
      names.set(id, name);
      isChanged = true;
      if (told.has(id)) return undefined;
      told.add(id);
      const former = before.get(id);
      const owner = owners.get(name);
      const isTaken = owner !== undefined && owner !== id;
      if (former !== undefined) {
        return isTaken
          ? `${former} is now ${name}, which was the name of another: its numbers go on in the series of that one`
          : `${former} is now ${name}: its numbers go on in a new series`;
      }
      return isTaken ? `${name} is another one than in earlier runs: the series goes on with the numbers of this one` : undefined;
    },
    changed: () => (isChanged ? [...names] : undefined),
  };
}
