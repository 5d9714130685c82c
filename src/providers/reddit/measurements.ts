import { gauge, measurement } from '../../sdk/measurement.ts';

const tags = { subreddit: 'the name, as Reddit spells it, without r/' };

export const redditSubreddit = measurement('reddit_subreddit', {
  help: 'A subreddit as it stands.',
  time: 'snapshot',
  tags,
  fields: {
    subscribers: gauge('{subscriber}'),
    active_users: gauge('{user}', 'who were there in the last minutes; blurred by Reddit'),
  },
});

/** Votes and comments come mostly in the first days: so long a day is counted again. */
export const redditPosts = measurement('reddit_posts', {
  help: 'Posts of a day that still stand, and what came of them so far.',
  time: 'day',
  tags,
  fields: {
    posts: gauge('{post}', 'made on this day, UTC'),
    score: gauge('{point}', 'of these posts together'),
    comments: gauge('{comment}', 'on these posts together'),
  },
  // https://www.reddit.com/r/redditdev/wiki/api/faq
  history: { reach: 'the newest 1,000 posts or so', first: '7d', settle: '2d', zone: 'UTC' },
});
