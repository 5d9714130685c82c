import { gauge, measurement } from '../../sdk/measurement.ts';

const tags = { site: 'the site, as the API names it', tag: 'the tag' };

export const stackoverflowTag = measurement('stackoverflow_tag', {
  help: 'The questions with one tag as they stand.',
  time: 'snapshot',
  tags,
  fields: {
    questions: gauge('{question}', 'all of them'),
    unanswered: gauge('{question}', 'without an answer that has a vote or was accepted'),
    no_answers: gauge('{question}', 'without any answer'),
  },
});

/** Questions are deleted, closed and given other tags mostly in their first days: so long a day is counted again. */
export const stackoverflowQuestions = measurement('stackoverflow_questions', {
  help: 'Questions with one tag that were asked on a day, and still stand.',
  time: 'day',
  tags,
  fields: { questions: gauge('{question}', 'asked on this day, UTC') },
  history: { first: '7d', settle: '2d', zone: 'UTC' },
});
