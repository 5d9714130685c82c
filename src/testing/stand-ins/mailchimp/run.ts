import type { AnyProvider } from '../../../sdk/provider.ts';
import { createTestClock } from '../../clock.ts';
import { type CollectAllOptions, type Collected, collectAll } from '../../context.ts';
import { type MailchimpOptions, type MailchimpStandIn, startMailchimp } from './index.ts';

export interface MailchimpRun extends Partial<CollectAllOptions> {
  /** Without key and address. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Called once the stand-in listens. */
  readonly before?: (standIn: MailchimpStandIn) => void;
}

/** What `runAt` gives the provider, and the stand-in accepts. */
export const runKey = '0123456789abcdef0123456789abcdef-us19';

/** A whole run of a provider at an account of its own. Throws on requests that Mailchimp does not document. */
export async function runAt(
  provider: AnyProvider,
  world: Omit<MailchimpOptions, 'key'>,
  run: MailchimpRun = {},
): Promise<Collected & { readonly standIn: MailchimpStandIn }> {
  const { settings, before, ...options } = run;
  const standIn = await startMailchimp({ key: runKey, ...world });
  try {
    before?.(standIn);
    const all = { apiKey: runKey, baseUrl: standIn.url, ...settings };
    const collected = await collectAll(provider, all, { clock: createTestClock(), deadlineMs: 7_200_000, ...options });
    if (standIn.unexpected.length > 0) throw new Error(standIn.unexpected.join('\n'));
    return { ...collected, standIn };
  } finally {
    await standIn.close();
  }
}
