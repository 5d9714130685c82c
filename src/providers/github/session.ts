import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError, type SplitError } from '../../sdk/errors.ts';
import type { Point } from '../../sdk/point.ts';
import type { Client } from './client.ts';
import { repository } from './measurements.ts';
import type { Pace } from './pace.ts';
import { Repository } from './schema.ts';

/** What the targets of one instance share in one run. */
export interface GithubSession {
  readonly client: Client;
  /** How many single repositories to ask for at once, as learnt so far in this run. */
  readonly batches: Pace;
  /** Repositories whose point was made, as `owner/name` in lower case. */
  readonly collected: Set<string>;
}

/** The form in which two spellings of one name are equal: GitHub's names have no case. */
export function keyOf(name: string): string {
  return name.toLowerCase();
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
