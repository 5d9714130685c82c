import { type Asked, defineProvider } from '../../sdk/provider.ts';
import { collectAutomations } from './automations.ts';
import { collectCampaigns } from './campaigns.ts';
import { check } from './check.ts';
import { createClient } from './client.ts';
import { judge } from './judge.ts';
import { collectList, idsOf, type Parts } from './lists.ts';
import { activity, automation, campaign, growth, list } from './measurements.ts';
import { type Range, rangeOf } from './range.ts';
import { createSession } from './session.ts';
import { Settings } from './settings.ts';
import { setup } from './setup.ts';

/** All lists, one of them, the campaigns of a time, or all automations. */
export type Target =
  | { readonly kind: 'lists'; readonly parts: Parts }
  | { readonly kind: 'list'; readonly id: string; readonly parts: Parts }
  | { readonly kind: 'campaigns'; readonly range: Range }
  | { readonly kind: 'automations' };

/** Mailchimp ends what lasts longer. https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits */
const longestSilenceMs = 120_000;

/** Lists (audiences), campaigns and automations of a Mailchimp account. */
export const mailchimp = defineProvider<Settings, Target>({
  name: 'mailchimp',
  help: 'Lists, campaigns and automations of Mailchimp: members, growth, opens, clicks, bounces.',
  settings: Settings,
  example: {
    apiKey: `\${MAILCHIMP_API_KEY}`,
    lists: ['a1b2c3d4e5'],
    reportsSince: '300d',
    baseUrl: 'https://us19.api.mailchimp.com',
  },
  setup,
  measurements: ({ reportsSince }) => [list, activity, growth, campaign(reportsSince), automation],

  limits: ({ apiKey }) => [
    {
      name: 'key',
      // Ten at once are allowed, of all programs that the key's user has, by whatever address they ask.
      key: ['mailchimp', apiKey],
      concurrency: 8,
      source: 'https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits',
    },
  ],

  targets({ reportsSince }, asked) {
    const targets: Target[] = [];
    const parts = partsOf(asked);
    if (parts) targets.push({ kind: 'lists', parts });
    const { name: sent } = campaign(reportsSince);
    if (wants(asked, sent)) targets.push({ kind: 'campaigns', range: rangeOf(asked.windows[sent]) });
    if (wants(asked, automation.name)) targets.push({ kind: 'automations' });
    return targets;
  },

  label: (target) => (target.kind === 'list' ? `list ${target.id}` : target.kind),

  // A list as it stands comes with the others.
  cost: (target) => (target.kind === 'list' ? Math.max(1, Number(!!target.parts.activity) + Number(!!target.parts.growth)) : 1),

  judge,

  async connect(settings) {
    const session = createSession(await createClient(settings, { timeoutMs: longestSilenceMs }), settings);
    return {
      async expand(target, context) {
        if (target.kind !== 'lists') return undefined;
        const ids = await idsOf(session, context);
        return ids.map((id): Target => ({ kind: 'list', id, parts: target.parts }));
      },
      async *collect(target, context) {
        if (target.kind === 'list') yield* collectList(target.id, target.parts, session, context);
        if (target.kind === 'campaigns') yield* collectCampaigns(target.range, session, context);
        if (target.kind === 'automations') yield* collectAutomations(session, context);
      },
      async close() {},
    };
  },

  check,
});

function wants({ only }: Asked, measurement: string): boolean {
  return only?.includes(measurement) ?? true;
}

/** What is wanted of each list; undefined when nothing is. */
function partsOf(asked: Asked): Parts | undefined {
  const parts: Parts = {
    snapshot: wants(asked, list.name),
    ...(wants(asked, activity.name) && { activity: rangeOf(asked.windows[activity.name]) }),
    ...(wants(asked, growth.name) && { growth: rangeOf(asked.windows[growth.name]) }),
  };
  return parts.snapshot || parts.activity || parts.growth ? parts : undefined;
}
