import type { AnyProvider } from '../../../sdk/provider.ts';
import { createTestClock } from '../../clock.ts';
import { type CollectAllOptions, type Collected, collectAll } from '../../context.ts';
import { type GithubOptions, type GithubStandIn, startGithub } from './index.ts';

export interface GithubRun extends Partial<CollectAllOptions> {
  /** Without token and address. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Called once the stand-in listens. */
  readonly before?: (standIn: GithubStandIn) => void;
}

export interface GithubRunResult extends Collected {
  /** Closed, with what it was asked. */
  readonly standIn: GithubStandIn;
  /** The repositories collected, in the order in which their points came. */
  readonly repos: readonly (string | undefined)[];
}

/** What `runAt` gives the provider, and the stand-in accepts. */
export const runToken = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz';

/** A whole run of a provider at a stand-in of its own, by one clock. Throws on queries that GitHub would not understand. */
export async function runAt(provider: AnyProvider, world: GithubOptions, run: GithubRun): Promise<GithubRunResult> {
  const { settings, before, ...options } = run;
  const clock = createTestClock();
  const standIn = await startGithub({ token: runToken, now: () => clock.now(), ...world });
  try {
    before?.(standIn);
    const all = { token: runToken, baseUrl: standIn.url, ...settings };
    const collected = await collectAll(provider, all, { clock, deadlineMs: 7_200_000, ...options });
    if (standIn.unexpected.length > 0) throw new Error(standIn.unexpected.join('\n'));
    const repos = collected.points.filter((point) => point.measurement === 'github_repository').map((point) => point.tags.repo);
    return { ...collected, standIn, repos };
  } finally {
    await standIn.close();
  }
}
