import type { z } from 'zod';
import { didYouMean } from '../nearest.ts';
import { UsageError } from '../usage-error.ts';
import type { Registry } from './config.ts';
import type { Notes } from './notes.ts';
import { isRecord, type Path } from './path.ts';
import { instanceName } from './sections.ts';
import { asObject, readSettings } from './settings.ts';

/** An entry of `providers` or `sinks`, taken apart. */
export interface Entry<Integration> {
  readonly name: string;
  readonly path: Path;
  readonly type: string;
  readonly enabled: boolean;
  readonly integration: Integration;
  /** What all of its kind may say. */
  readonly common: Readonly<Record<string, unknown>>;
  /** What the integration itself is told. */
  readonly own: Readonly<Record<string, unknown>>;
}

export interface Kind<Integration> {
  readonly section: 'providers' | 'sinks';
  readonly word: 'provider' | 'sink';
  readonly registry: Registry<Integration>;
  readonly head: z.ZodType<{ type?: string | undefined; enabled: boolean }> & { readonly shape: object };
  readonly common: { readonly shape: object };
}

/** The keys that an integration of the kind cannot have for its own. */
export function commonKeys(kind: Pick<Kind<unknown>, 'head' | 'common'>): string[] {
  return [...Object.keys(kind.head.shape), ...Object.keys(kind.common.shape)];
}

/** The entries of a section whose integration is known; all else about their names and types is a problem. */
export async function readEntries<Integration>(raw: unknown, kind: Kind<Integration>, notes: Notes): Promise<Entry<Integration>[]> {
  const entries = await Promise.all(
    Object.entries(asObject(raw, [kind.section], notes)).map(([name, entry]) => readEntry(name, entry, kind, notes)),
  );
  return entries.filter((entry) => entry !== undefined);
}

async function readEntry<Integration>(
  name: string,
  raw: unknown,
  kind: Kind<Integration>,
  notes: Notes,
): Promise<Entry<Integration> | undefined> {
  const path = [kind.section, name];
  if (!instanceName.test(name))
    notes.problem(path, 'is no name of an entry: it must begin with a small letter, and go on with a-z, 0-9, - and _');
  const entry = asObject(raw, path, notes);
  const head = pick(entry, Object.keys(kind.head.shape));
  const { type = name, enabled } = readHead(head, kind, path, notes);
  const known = Object.hasOwn(kind.registry, type);
  const isWritten = typeof head.type !== 'string' || !head.type.includes('${');
  if (!known && isWritten && isRecord(raw))
    notes.problem(head.type === undefined ? path : [...path, 'type'], unknownType(type, head, kind));
  const integration = known ? await kind.registry[type]?.() : undefined;
  if (integration === undefined || !isRecord(raw)) return undefined;
  const taken = commonKeys(kind);
  const own = pick(
    entry,
    Object.keys(entry).filter((key) => !taken.includes(key)),
  );
  return { name, path, type, enabled, integration, common: pick(entry, Object.keys(kind.common.shape)), own };
}

/** `type` and `enabled` decide what is filled at all: they are never filled themselves. */
function readHead(head: Readonly<Record<string, unknown>>, kind: Kind<unknown>, path: Path, notes: Notes) {
  const variables = Object.keys(head).filter((key) => typeof head[key] === 'string' && head[key].includes('${'));
  for (const key of variables) notes.problem([...path, key], 'must be written out: no ${} can stand here');
  const literal = pick(
    head,
    Object.keys(head).filter((key) => !variables.includes(key)),
  );
  const read = readSettings(kind.head, literal, { path, env: undefined, notes });
  return read.value ?? { type: typeof literal.type === 'string' ? literal.type : undefined, enabled: true };
}

function unknownType(type: string, head: Readonly<Record<string, unknown>>, { word, registry }: Kind<unknown>): string {
  const known = Object.keys(registry);
  const near = didYouMean(type, known);
  if (near !== '') return `there is no ${word} "${type}"${near}`;
  const hint = head.type === undefined ? `say by "type" which ${word} it is` : 'choose another';
  return `there is no ${word} "${type}"; ${hint}: ${known.join(', ')}`;
}

/** Throws `UsageError` for a name on the command line that is no entry of the section, or one that is disabled. */
export function checkSelection(names: readonly string[] | undefined, raw: unknown, kind: Kind<unknown>, shown: string): void {
  const entries = isRecord(raw) ? raw : {};
  for (const name of names ?? []) {
    if (!Object.hasOwn(entries, name)) throw new UsageError(`--${kind.section}: ${unknownEntry(name, entries, kind, shown)}`);
    const entry = entries[name];
    if (isRecord(entry) && entry.enabled === false) {
      throw new UsageError(`--${kind.section}: "${name}" is disabled in ${shown}; remove its "enabled": false`);
    }
  }
}

function unknownEntry(name: string, entries: Readonly<Record<string, unknown>>, { word }: Kind<unknown>, shown: string): string {
  const none = `${shown} has no ${word} "${name}"`;
  const ofType = Object.keys(entries).filter((key) => isRecord(entries[key]) && entries[key].type === name);
  if (ofType.length > 0) return `${none}; of that type it has ${ofType.join(', ')}`;
  const near = didYouMean(name, Object.keys(entries));
  return near === '' ? `${none}; it has ${Object.keys(entries).join(', ') || 'none'}` : `${none}${near}`;
}

function pick(entry: Readonly<Record<string, unknown>>, keys: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(entry, key)).map((key) => [key, entry[key]]));
}
