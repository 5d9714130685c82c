import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError, type SplitError } from '../../sdk/errors.ts';
import type { Point } from '../../sdk/point.ts';
import type { Client } from './client.ts';
import { repository } from './measurements.ts';
import { createPace, type Pace } from './pace.ts';
import type { Rest } from './rest.ts';
import { Identified, Repository } from './schema.ts';

/** What the targets of one instance share in one run. */
export interface GithubSession {
  readonly client: Client;
  /** How many single repositories to ask for at once, as learnt so far in this run. */
  readonly batches: Pace;
  /** How many repositories' lists, of releases or stars, to ask for at once. */
  readonly lists: Pace;
  readonly rest: Rest;
  /** Repositories whose point was made, as `owner/name` in lower case. */
  readonly collected: Set<string>;
  /** What else was collected of them: `stars owner/name`. */
  readonly detailed: Set<string>;
  /** Former names that were told of. */
  readonly renamed: Set<string>;
  /** By login in lower case, once the owner's list was read. */
  readonly owned: Map<string, Owned>;
}

/** What an owner's list brought: `owner/name` of each, without those to leave out. */
export interface Owned {
  readonly names: readonly string[];
  /** Why it ended before its time. */
  readonly failure?: unknown;
}

/** Lists in one query: with the files of releases, 20 are as many nodes as GitHub bears well. */
const mostLists = 20;

export function createSession(client: Client, rest: Rest, batchSize: number): GithubSession {
  return {
    client,
    batches: createPace(batchSize),
    lists: createPace(Math.min(batchSize, mostLists)),
    rest,
    collected: new Set(),
    detailed: new Set(),
    renamed: new Set(),
    owned: new Map(),
  };
}

/** The form in which two spellings of one name are equal: GitHub's names have no case. */
export function keyOf(name: string): string {
  return name.toLowerCase();
}

/** Tells how a repository is called now, by the number that it keeps. */
export function identify(node: unknown, context: ProviderContext): void {
  const { data } = Identified.safeParse(node);
  if (data) context.identify(data.id, data.name);
}

/** Whether this of a repository is not collected yet in this run, under whatever name: from now on it is. */
export function claim(what: string, name: string, session: GithubSession): boolean {
  const key = `${what} ${keyOf(name)}`;
  if (session.detailed.has(key)) return false;
  session.detailed.add(key);
  return true;
}

/**
 * The point of one repository as GitHub answered it: `item` is how it is called in the report. None when the answer is wrong, which
 * is a problem of this repository alone, or when an owner's list and `repos`, or an old and a new name, led to it before.
 */
export function repositoryPoint(answer: unknown, item: string, session: GithubSession, context: ProviderContext): Point | undefined {
  const parsed = Repository.safeParse(answer);
  if (!parsed.success) {
    const wrong = parsed.error.issues
      .map((issue) => `${issue.path.join('.')}: ${issue.message.replace(/^Invalid input: /, '')}`)
      .join('; ');
    context.problem(item, new PermanentError(`GitHub answered for ${item} what it does not document: ${wrong}`, { cause: parsed.error }));
    return undefined;
  }
  const { name, fields } = parsed.data;
  if (session.collected.has(keyOf(name))) return undefined;
  session.collected.add(keyOf(name));
  return repository.of({ tags: { repo: name }, fields, time: context.at });
}

/** What is too large and cannot be halved. */
export function lasting(error: SplitError): PermanentError {
  return new PermanentError(error.message, { kind: error.kind, cause: error });
}
