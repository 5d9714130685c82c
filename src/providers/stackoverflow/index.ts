import type { ProviderContext } from '../../sdk/context.ts';
import { PermanentError } from '../../sdk/errors.ts';
import type { Point } from '../../sdk/point.ts';
import { type Asked, defineProvider } from '../../sdk/provider.ts';
import { check } from './check.ts';
import { type Client, createClient } from './client.ts';
import { judge } from './judge.ts';
import { stackoverflowQuestions, stackoverflowTag } from './measurements.ts';
import { dayPoints, daysOf, tagPoint } from './questions.ts';
import { Settings } from './settings.ts';
import { setup } from './setup.ts';
import { type Found, findTags } from './tags.ts';

/** One tag. */
export interface Target {
  readonly tag: string;
  /** Whether its questions are counted as they stand. */
  readonly snapshot: boolean;
  /** The window whose days are counted, in ISO 8601. */
  readonly days?: { readonly from: string; readonly to: string };
}

/** Questions on Stack Overflow, or another site of Stack Exchange. */
export const stackoverflow = defineProvider<Settings, Target>({
  name: 'stackoverflow',
  help: 'Questions with a tag on Stack Overflow, or another site of Stack Exchange: in all, unanswered, and by day.',
  settings: Settings,
  example: {
    tagged: ['typescript', 'akka.net'],
    site: 'stackoverflow',
    key: `\${STACK_EXCHANGE_KEY}`,
    baseUrl: 'https://api.stackexchange.com/2.3',
  },
  setup,
  measurements: () => [stackoverflowTag, stackoverflowQuestions],

  limits: ({ baseUrl, key }) => [
    {
      name: 'address',
      // The quota is that of the address; one with a key is another.
      key: ['stackexchange', new URL(baseUrl).origin, key],
      // Requests past 30 a second are dropped, whatever their key.
      spacingKey: ['stackexchange', new URL(baseUrl).origin],
      concurrency: 1,
      spacingMs: 50,
      source: 'https://api.stackexchange.com/docs/throttle',
    },
  ],

  targets({ tagged }, asked) {
    const snapshot = wants(asked, stackoverflowTag.name);
    const window = wants(asked, stackoverflowQuestions.name) ? asked.windows[stackoverflowQuestions.name] : undefined;
    if (!snapshot && window === undefined) return [];
    const days = window && { from: window.from.toISOString(), to: window.to.toISOString() };
    return tagged.map((tag) => ({ tag, snapshot, ...(days && { days }) }));
  },

  label: ({ tag }) => `tag ${tag}`,

  cost: ({ snapshot, days }) => (snapshot ? 2 : 0) + (days ? daysOf(windowOf(days)).length : 0),

  judge,

  async connect(settings, context) {
    const client = createClient(settings);
    const found = await findTags(settings.tagged, settings, client, context);
    return {
      collect: (target, inner) => collect(target, { settings, client, found }, inner),
      close: async () => {},
    };
  },

  check,
});

interface Shared {
  readonly settings: Settings;
  readonly client: Client;
  readonly found: Found;
}

async function* collect(target: Target, { settings, client, found }: Shared, context: ProviderContext): AsyncGenerator<Point> {
  const tag = found.get(target.tag);
  if (tag === undefined || tag instanceof Error) throw tag ?? new PermanentError(`tag ${target.tag} was not looked up`);
  const asking = { client, site: settings.site, tag };
  if (target.snapshot) yield await tagPoint(asking, context);
  if (target.days) yield* dayPoints(asking, windowOf(target.days), context);
}

function windowOf({ from, to }: NonNullable<Target['days']>) {
  return { from: new Date(from), to: new Date(to) };
}

function wants(asked: Asked, measurement: string): boolean {
  return asked.only === undefined || asked.only.includes(measurement);
}
