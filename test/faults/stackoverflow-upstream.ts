import { numbersOf, type StackTag, startStackoverflow as startStandIn } from '../../src/testing/stand-ins/stackoverflow/index.ts';
import type { Row, Upstream, UpstreamOptions } from './upstreams.ts';

/** A row whose time the upstream names; without it, that of the run. */
export interface DatedRow extends Row {
  readonly time?: string;
}

/** What the first run asks for at 2026-11-21T20:00Z. */
const days = Array.from({ length: 8 }, (_, place) => `2026-11-${14 + place}`);

/** Two tags, one after another: found together, then two counts of each, and eight of its days. */
export async function startStackoverflow({ world, now }: UpstreamOptions): Promise<Upstream> {
  const secret = { name: `STACK_KEY_OF_${world}`, value: `stack-key-${world}-0123456789` };
  const tags: readonly StackTag[] = ['one', 'two'].map((name, place) => ({
    name: `${world.toLowerCase()}-${name}`,
    questions: 9000 + place,
    byDay: { '2026-11-14': 8, '2026-11-20': 6, '2026-11-21': 4 },
  }));
  const standIn = await startStandIn({ tags, key: secret.value, quota: 1_000_000, now });
  return {
    standIn,
    secret,
    entry: {
      type: 'stackoverflow',
      tagged: tags.map(({ name }) => name),
      key: `\${${secret.name}}`,
      baseUrl: standIn.baseUrl,
      // A later run asks for the same days.
      settle: '7d',
    },
    truth: () => tags.flatMap(rowsOf),
  };
}

function rowsOf(one: StackTag): readonly DatedRow[] {
  const tags = { site: 'stackoverflow', tag: one.name };
  const { questions, unanswered, noAnswers } = numbersOf(one);
  return [
    { measurement: 'stackoverflow_tag', tags, fields: { questions, unanswered, no_answers: noAnswers } },
    ...days.map((day) => ({
      measurement: 'stackoverflow_questions',
      tags,
      fields: { questions: one.byDay?.[day] ?? 0 },
      time: `${day}T00:00:00.000Z`,
    })),
  ];
}
