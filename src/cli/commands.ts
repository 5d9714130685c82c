import { didYouMean } from '../engine/nearest.ts';
import { UsageError } from '../engine/usage-error.ts';
import { laterCommands } from './later.ts';

/** What the first words of a command line name. */
export interface Named {
  /** `db:init`; undefined where they name a topic, or nothing. */
  readonly id: string | undefined;
  /** How many of the words it took. */
  readonly length: number;
}

/** Finds the command or topic that words name. Throws `UsageError` where there is none. */
export function named(words: readonly string[], ids: readonly string[]): Named {
  for (let length = words.length; length > 0; length--) {
    const id = words.slice(0, length).join(':');
    if (ids.includes(id)) return { id, length: id.split(':').length === length ? length : 1 };
  }
  if (words.length === 0 || (words.length === 1 && topicsOf(ids).includes(words[0] ?? ''))) return { id: undefined, length: words.length };
  throw unknownCommand(words, ids);
}

function unknownCommand(words: readonly string[], ids: readonly string[]): UsageError {
  const [first = ''] = words;
  if (laterCommands.includes(first)) return new UsageError(`the command ${first} is not in this version`);
  const topics = topicsOf(ids);
  const names = ids.map(spaced);
  const inTopic = topics.includes(first);
  const given = inTopic ? words.slice(0, 2).join(' ') : first;
  const known = inTopic
    ? names.filter((name) => name.startsWith(`${first} `))
    : [...names.filter((name) => !name.includes(' ')), ...topics];
  return new UsageError(`unknown command "${given}"${didYouMean(given, known) || `; see kpi ${inTopic ? `${first} ` : ''}--help`}`);
}

function topicsOf(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.filter((id) => id.includes(':')).map((id) => id.slice(0, id.indexOf(':'))))];
}

/** `db init` for `db:init`. */
export function spaced(id: string): string {
  return id.replaceAll(':', ' ');
}
