import type { NameKind } from '../app.ts';
import { spaced } from './commands.ts';

/** What a shell can offer for a value: one of a few words, a file, names that only the program knows, or nothing. */
export type Values =
  | { readonly of: 'words'; readonly words: readonly string[] }
  | { readonly of: 'names'; readonly kind: NameKind; readonly list: boolean }
  | { readonly of: 'files' | 'nothing' };

export interface CompletedFlag {
  /** With its two dashes. */
  readonly flag: string;
  readonly summary: string;
  /** undefined: it takes no value. */
  readonly values: Values | undefined;
}

/** A command, or a topic with the words that follow it. */
export interface Completed {
  /** `db init`; empty for the program itself. */
  readonly command: string;
  readonly next: readonly { readonly word: string; readonly summary: string }[];
  readonly flags: readonly CompletedFlag[];
  /** What may follow without a flag. */
  readonly args: Values | undefined;
}

/** A command as oclif tells of it. */
export interface CommandInfo {
  readonly id: string;
  readonly summary?: string | undefined;
  readonly hidden?: boolean | undefined;
  readonly flags: Readonly<Record<string, FlagInfo>>;
}

interface FlagInfo {
  readonly summary?: string | undefined;
  readonly hidden?: boolean | undefined;
  readonly type?: string;
  readonly helpValue?: string | readonly string[] | undefined;
}

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The words that follow a command where they are not told by its flags. */
const argsOf: Readonly<Record<string, Values>> = {
  completion: { of: 'words', words: shells },
  providers: { of: 'names', kind: 'provider-types', list: false },
  sinks: { of: 'names', kind: 'sink-types', list: false },
};

/** All that a shell can complete, from what the commands declare. The program itself comes first, then topics and commands by name. */
export function completions(
  commands: readonly CommandInfo[],
  topics: readonly { readonly name: string; readonly description?: string | undefined }[],
): readonly Completed[] {
  const shown = commands.filter((one) => one.hidden !== true).toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const topicNames = new Set(shown.filter(({ id }) => id.includes(':')).map(({ id }) => id.slice(0, id.indexOf(':'))));
  const summaries = new Map(topics.map(({ name, description = '' }) => [name, description]));
  const top = [
    ...shown.filter(({ id }) => !id.includes(':')).map(({ id, summary = '' }) => ({ word: id, summary })),
    ...[...topicNames].map((name) => ({ word: name, summary: summaries.get(name) ?? '' })),
    { word: 'help', summary: 'Show the help of a command.' },
  ].toSorted((one, other) => (one.word < other.word ? -1 : 1));
  const help: CompletedFlag = { flag: '--help', summary: 'Show help.', values: undefined };
  return [
    { command: '', next: top, flags: [help, { flag: '--version', summary: 'Show the version.', values: undefined }], args: undefined },
    ...[...topicNames].map((name) => ({ command: name, next: following(name, shown), flags: [help], args: undefined })),
    ...shown.map((one) => ({ command: spaced(one.id), next: [], flags: [...flagsOf(one), help], args: argsOf[one.id] })),
  ];
}

function following(topic: string, commands: readonly CommandInfo[]): Completed['next'] {
  return commands
    .filter(({ id }) => id.startsWith(`${topic}:`))
    .map(({ id, summary = '' }) => ({ word: id.slice(topic.length + 1), summary }));
}

function flagsOf({ id, flags }: CommandInfo): readonly CompletedFlag[] {
  return Object.entries(flags)
    .filter(([, one]) => one.hidden !== true)
    .map(([name, one]) => ({ flag: `--${name}`, summary: one.summary ?? '', values: valuesOf(id, name, one) }));
}

function valuesOf(id: string, name: string, { type, helpValue = '' }: FlagInfo): Values | undefined {
  if (type !== 'option') return undefined;
  const list = name.endsWith('s');
  if (/^providers?$/.test(name)) return { of: 'names', kind: id === 'init' ? 'provider-types' : 'providers', list };
  if (/^sinks?$/.test(name)) return { of: 'names', kind: id === 'init' ? 'sink-types' : 'sinks', list };
  const words = String(helpValue).split('|');
  if (words.length > 1 && words.every((word) => /^[a-z][a-z-]*$/.test(word))) return { of: 'words', words };
  return { of: helpValue === 'FILE' ? 'files' : 'nothing' };
}

/** A text as one word of a shell, which reads nothing in it. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
