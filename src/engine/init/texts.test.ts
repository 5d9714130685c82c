import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { envText, ignoreText, workflowText } from './texts.ts';

const variables = [
  {
    name: 'GITHUB_TOKEN',
    what: 'a token of GitHub',
    scope: 'nothing at all for what is public, and for what is not a good deal of words that take more than a line',
    url: 'https://github.com/settings/tokens',
    secret: 'KPI_GITHUB_TOKEN',
    inWorkflow: 'github.token',
  },
  { name: 'OTHER', what: '"url" of made', secret: 'OTHER' },
];

describe('envText', () => {
  it('has a variable each, with what it is, its least scope, and where to make it', () => {
    expect(envText(variables)).toBe(`# The variables of kpi.config.json. Copy this file to .env, fill it in, and keep
# .env out of git.
# Then: kpi collect --env-file .env

# A token of GitHub.
# It needs: nothing at all for what is public, and for what is not a good deal
# of words that take more than a line.
# Make one: https://github.com/settings/tokens
GITHUB_TOKEN=

# "url" of made.
OTHER=
`);
  });
});

describe('workflowText', () => {
  const options = { cron: ['17 */4 * * *', '47 1,4 * * *'], variables, folder: '', files: ['kpi.db'], action: 'ada/kpi@v1' };

  it('is a workflow that does nothing until it is switched on, one at a time, and may write to its own branch alone', () => {
    expect(parse(workflowText(options))).toEqual({
      name: 'kpi',
      on: { schedule: [{ cron: '17 */4 * * *' }, { cron: '47 1,4 * * *' }], workflow_dispatch: null },
      permissions: {},
      concurrency: { group: 'kpi-data', 'cancel-in-progress': false, queue: 'max' },
      jobs: {
        collect: {
          if: "vars.KPI_ENABLED == 'true'",
          'runs-on': 'ubuntu-latest',
          'timeout-minutes': 30,
          permissions: { contents: 'write' },
          steps: [
            { uses: expect.stringMatching(/^actions\/checkout@[0-9a-f]{40}$/), with: { 'persist-credentials': false } },
            {
              uses: 'ada/kpi@v1',
              env: { GITHUB_TOKEN: '${{ secrets.KPI_GITHUB_TOKEN || github.token }}', OTHER: '${{ secrets.OTHER }}' },
            },
          ],
        },
      },
    });
  });

  it('says where the config is, and which files are kept, where these are not the usual ones', () => {
    const text = workflowText({ ...options, variables: [], folder: 'tools/my kpi', files: ['kpi.db', 'points.ndjson'] });
    expect(parse(text).jobs.collect.steps[1]).toEqual({
      uses: 'ada/kpi@v1',
      with: { 'working-directory': 'tools/my kpi', 'state-files': 'kpi.db\npoints.ndjson\n.kpi\n' },
    });
  });

  it("uses what this repository's own workflows use, and inputs that the action has", () => {
    const text = workflowText({ ...options, folder: 'a', files: ['b'] });
    const [checkout] = /actions\/checkout@.+/.exec(text) ?? [];
    expect(readFileSync('.github/workflows/collect.yml', 'utf8')).toContain(checkout);
    const { inputs } = parse(readFileSync('action.yml', 'utf8'));
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(parse(text).jobs.collect.steps[1].with)));
    expect(inputs['state-files'].default.split('\n')).toEqual(['kpi.db', '.kpi', '']);
  });
});

describe('ignoreText', () => {
  it('adds what is missing, once', () => {
    const text = ignoreText('node_modules\n.env', ['.env', '.kpi/', 'kpi.db*']);
    expect(text).toBe('node_modules\n.env\n\n# kpi\n.kpi/\nkpi.db*\n');
    expect(ignoreText(text ?? '', ['.env', '.kpi/', 'kpi.db*'])).toBeUndefined();
    expect(ignoreText('', ['.env'])).toBe('# kpi\n.env\n');
    expect(ignoreText('/.env\r\n', ['.env'])).toBeUndefined();
  });
});
