import { type Again, whatFailed } from './again/failed.ts';
import type { Config } from './config/config.ts';
import { doneOf } from './due/done.ts';
import { dueNext, nothingDue } from './due/due.ts';
import { type KeptState, openStateForReading } from './state-reading.ts';
import type { StoreStateParts } from './store-state.ts';
import { UsageError } from './usage-error.ts';

/** What of the config a run asks for, and at what time. */
export interface Scope {
  readonly config: Config;
  readonly at: Date;
  readonly again?: Again;
  /** The selected instances that are not asked, since they are not due. */
  readonly notDue?: readonly { readonly name: string; readonly next: Date }[];
}

export interface ScopeFlags {
  readonly retryFailed?: string | undefined;
  readonly due?: boolean | undefined;
}

/** The memory that says what is to be asked; of a dry run, which has none open, one for questions alone. */
type Kept = Pick<KeptState, 'state' | 'memory'>;

/**
 * What a run is to ask for, where its flags leave that to what earlier runs left; or, in a sentence, that there is nothing. Throws
 * `UsageError` for an earlier run that there is not.
 */
export async function scopeOf(
  config: Config,
  flags: ScopeFlags,
  at: Date,
  kept: Kept | undefined,
  parts: StoreStateParts,
): Promise<Scope | string> {
  const { retryFailed } = flags;
  if (flags.due) return await asking('--due', whatIsDue);
  if (retryFailed === undefined) return { config, at };
  const again = await asking('--retry-failed', (memory) => whatFailed(retryFailed, config, memory));
  if (typeof again === 'string') return again;
  return { config: only(config, (name) => again.instances.has(name)), at: again.at, again };

  async function whatIsDue({ state }: Kept): Promise<Scope | string> {
    const notDue: { name: string; next: Date }[] = [];
    for (const { name, every, selected } of config.providers) {
      const next = selected ? dueNext(every, await doneOf(state, name), at) : undefined;
      if (next) notDue.push({ name, next });
    }
    const scoped = only(config, (name) => notDue.every((one) => one.name !== name));
    return scoped.providers.some((one) => one.selected) ? { config: scoped, at, notDue } : nothingDue(notDue, at);
  }

  async function asking<Answer>(flag: string, ask: (memory: Kept) => Promise<Answer>): Promise<Answer> {
    if (kept) return await ask(kept);
    if (config.run.state === 'store')
      throw new UsageError(`${flag} asks kpi's own memory, which is in the store, and a dry run opens no store: leave --dry-run out`);
    const memory = await openStateForReading(config, parts);
    try {
      return await ask(memory);
    } finally {
      await memory.close();
    }
  }
}

function only(config: Config, wanted: (name: string) => boolean): Config {
  return { ...config, providers: config.providers.map((one) => ({ ...one, selected: one.selected && wanted(one.name) })) };
}
