import type { z } from 'zod';
import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';

/** An item of a collection: the `item` of its problem, and what it is in words. */
interface Named {
  readonly item: string;
  readonly what: string;
}

type Path = readonly PropertyKey[];

/**
 * An item as its schema wants it. A rate that cannot be one (1.02, -1, a text) is left out, since what else is told is no less true; of an
 * item with anything else wrong there is nothing. Either is a problem that names the item and what is wrong with it.
 */
export function readItem<Schema extends z.ZodType>(
  schema: Schema,
  found: unknown,
  { item, what }: Named,
  context: ProviderContext,
): z.output<Schema> | undefined {
  const { data, error } = schema.safeParse(found);
  if (!error) return data;
  const odd = error.issues.map(({ path }) => path);
  const rest = odd.every(isRate) ? schema.safeParse(without(found, odd)) : undefined;
  const told = `Mailchimp answered for ${what} what it does not document: ${textOf(error)}`;
  context.problem(item, new PermanentError(rest?.success ? `${told}; that is left out` : told, { cause: error }));
  return rest?.data;
}

/** `open_rate`, `avg_sub_rate`, …: numbers of their own, which nothing else is made of. */
function isRate(path: Path): boolean {
  return String(path.at(-1)).endsWith('_rate');
}

function without(found: unknown, paths: readonly Path[]): unknown {
  const copy: unknown = structuredClone(found);
  for (const path of paths) {
    let parent = copy as Record<PropertyKey, unknown>;
    for (const name of path.slice(0, -1)) parent = parent[name] as Record<PropertyKey, unknown>;
    delete parent[path.at(-1) ?? ''];
  }
  return copy;
}

function textOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.')}: ${message.replace(/^Invalid input: /, '')}`).join('; ');
}
