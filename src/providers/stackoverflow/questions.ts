import type { ProviderContext } from '../../sdk/context.ts';
import type { Point } from '../../sdk/point.ts';
import { utcDay, type Window } from '../../sdk/time.ts';
import { type Client, filter } from './client.ts';
import { stackoverflowQuestions, stackoverflowTag } from './measurements.ts';
import { type Tag, Total } from './schema.ts';

const daySeconds = 86_400;

/** The client, and of what is asked. */
export interface Asking {
  readonly client: Client;
  readonly site: string;
  readonly tag: Tag;
}

/** The questions as they stand now. */
export async function tagPoint({ client, site, tag }: Asking, context: ProviderContext): Promise<Point> {
  const ask = (method: string, what: string) => count(client, method, { site, tagged: tag.name }, `${what} of ${tag.name}`, context);
  const unanswered = await ask('/questions/unanswered', 'unanswered questions');
  const noAnswers = await ask('/questions/no-answers', 'questions without answers');
  const fields = { questions: tag.count, unanswered, no_answers: noAnswers };
  return stackoverflowTag.of({ tags: { site, tag: tag.name }, fields, time: context.at });
}

/** How many were asked on each day of the window, the newest first: it is the one that is missed most where the quota ends. */
export async function* dayPoints({ client, site, tag }: Asking, window: Window, context: ProviderContext): AsyncGenerator<Point> {
  for (const day of daysOf(window)) {
    const from = day.getTime() / 1000;
    // Both ends are of the range, in whole seconds. https://api.stackexchange.com/docs/dates
    const query = { site, tagged: tag.name, fromdate: from, todate: from + daySeconds - 1 };
    const questions = await count(client, '/questions', query, `questions of ${tag.name} on ${day.toISOString().slice(0, 10)}`, context);
    yield stackoverflowQuestions.of({ tags: { site, tag: tag.name }, fields: { questions }, time: day });
  }
}

/** 00:00Z of each date that the window touches, the newest first. */
export function daysOf({ from, to }: Window): readonly Date[] {
  const days: Date[] = [];
  const first = utcDay(from).getTime();
  for (let day = utcDay(new Date(to.getTime() - 1)).getTime(); day >= first; day -= daySeconds * 1000) days.push(new Date(day));
  return days;
}

/** Only the total is of interest: a page may have no items. https://api.stackexchange.com/docs/paging */
async function count(
  client: Client,
  method: string,
  query: Readonly<Record<string, string | number>>,
  what: string,
  context: ProviderContext,
): Promise<number> {
  return (await client.ask(context, { method, query: { ...query, pagesize: 0, filter }, what }, Total)).total;
}
