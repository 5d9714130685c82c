import { describe, expect, it } from 'vitest';
import { rateLimit, repository } from './measurements.ts';

/* Names are identity in every store: they do not change. */
describe('what is measured', () => {
  it('of a repository', () => {
    expect(repository).toMatchObject({ name: 'github_repository', time: 'snapshot' });
    expect(Object.keys(repository.tags)).toEqual(['repo']);
    expect(Object.keys(repository.fields).join(' ')).toBe(
      'stars forks watchers open_issues closed_issues total_issues open_prs closed_prs merged_prs total_prs is_archived is_template is_fork disk_usage_kb repo_id created_at updated_at pushed_at',
    );
    const kinds = Object.entries(repository.fields).map(([name, { kind }]) => `${name} ${kind}`);
    expect(kinds.filter((one) => !one.endsWith(' gauge'))).toEqual([
      'is_archived flag',
      'is_template flag',
      'is_fork flag',
      'repo_id text',
      'created_at moment',
      'updated_at moment',
      'pushed_at moment',
    ]);
  });

  it('of the rate limit', () => {
    expect(rateLimit).toMatchObject({ name: 'github_rate_limit', time: 'snapshot' });
    expect([Object.keys(rateLimit.tags), Object.keys(rateLimit.fields)]).toEqual([['provider'], ['limit', 'remaining', 'used']]);
  });
});
