import { flag, gauge, measurement, moment, text } from '../../sdk/measurement.ts';

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
  help: "The token's limit for GraphQL as the run's last answer told it.",
  time: 'snapshot',
  tags: { provider: "the instance's name in the config" },
  fields: {
    limit: gauge('{point}', 'Points in an hour.'),
    remaining: gauge('{point}'),
    used: gauge('{point}'),
  },
});
