import { counter, flag, gauge, measurement, moment, name, text } from '../../sdk/measurement.ts';

/** One repository as it stands. Field names are fixed; https://docs.github.com/en/graphql/reference/objects#repository */
export const repository = measurement('github_repository', {
  help: 'One repository as it stands.',
  time: 'snapshot',
  tags: { repo: 'owner/name, as GitHub spells it now' },
  fields: {
    stars: gauge('{star}'),
    forks: gauge('{fork}'),
    watchers: gauge('{watcher}', 'Those who watch it; not the stars, which the REST API calls so.'),
    open_issues: gauge('{issue}', 'Without pull requests.'),
    closed_issues: gauge('{issue}'),
    total_issues: gauge('{issue}', 'Open and closed.'),
    open_prs: gauge('{pull request}'),
    closed_prs: gauge('{pull request}', 'Closed without being merged.'),
    merged_prs: gauge('{pull request}'),
    total_prs: gauge('{pull request}', 'Open, closed and merged.'),
    is_archived: flag(),
    is_template: flag(),
    is_fork: flag(),
    disk_usage_kb: gauge('KiBy'),
    repo_id: text('The number by which GitHub knows it, whatever its name. An identifier, so not a gauge.'),
    created_at: moment(),
    updated_at: moment('The last change of any kind, of its description for one.'),
    pushed_at: moment('The last push; absent when there was none.'),
  },
});

/** What is left of the token's hourly points; https://docs.github.com/en/graphql/reference/objects#ratelimit */
export const rateLimit = measurement('github_rate_limit', {
  help: "The token's limit for GraphQL as the run's last answer about repositories told it.",
  time: 'snapshot',
  tags: { provider: "the instance's name in the config" },
  fields: {
    limit: gauge('{point}', 'Points in an hour.'),
    remaining: gauge('{point}'),
    used: gauge('{point}'),
  },
});

const repo = 'owner/name, as GitHub spells it now';

/** Kept for 14 days, renewed each hour; https://docs.github.com/en/rest/metrics/traffic */
export const traffic = measurement('github_traffic', {
  help: 'Who looked at a repository and cloned it on a day.',
  time: 'day',
  tags: { repo },
  fields: {
    views: gauge('{view}'),
    unique_views: gauge('{visitor}', 'Visitors of this day; those of several days are no sum of theirs.'),
    clones: gauge('{clone}'),
    unique_clones: gauge('{visitor}', 'Who cloned it on this day; see unique_views.'),
  },
  history: { depth: '14d', first: '14d', settle: '1d', zone: 'UTC' },
});

export const referrer = measurement('github_referrer', {
  help: 'A site that led to a repository in the last 14 days, of the ten that led there most.',
  time: 'snapshot',
  tags: { repo, referrer: 'the site, as GitHub names it' },
  fields: { views: gauge('{view}', 'In 14 days.'), unique_views: gauge('{visitor}', 'In 14 days.') },
});

export const path = measurement('github_path', {
  help: 'A page of a repository that was looked at in the last 14 days, of the ten that were looked at most.',
  time: 'snapshot',
  tags: { repo, path: 'the path of the page, without query' },
  fields: { title: name(), views: gauge('{view}', 'In 14 days.'), unique_views: gauge('{visitor}', 'In 14 days.') },
});

/** https://docs.github.com/en/graphql/reference/objects#releaseasset */
export const releaseAsset = measurement('github_release_asset', {
  help: 'A file of a release as it stands.',
  time: 'snapshot',
  tags: { repo, release: "the release's tag", asset: "the file's name" },
  fields: { downloads: counter('{download}') },
});

/** Stars are told by their time, so that the first run can ask for all; who takes one back is told no more. */
export const stars = measurement('github_stars', {
  help: 'Stars that a repository was given on a day and still has.',
  time: 'day',
  tags: { repo },
  fields: { gained: gauge('{star}') },
  history: { first: '36500d', settle: '2d', zone: 'UTC' },
});
