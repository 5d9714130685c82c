import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { actionProblems, workflowProblems } from './runner/lint.ts';
import { root } from './runner/place.ts';
import { parseYaml } from './yaml-schema.ts';

const text = (file: string) => readFileSync(join(root, file), 'utf8');
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).sort();
const action = text('action.yml');
const collect = text('.github/workflows/collect.yml');

/** A text with one mistake in it. */
function planted(whole: string, good: string, bad: string): string {
  expect(whole).toContain(good);
  return whole.replace(good, bad);
}

describe('workflows', () => {
  it.each(workflows)('%s is as GitHub, actionlint and this repository want it', async (file) => {
    expect(await workflowProblems(text(file))).toEqual([]);
  });

  it.each([
    ['a key that GitHub does not know', 'timeout-minutes: 30', 'timeout-minute: 30', /^github: .*timeout-minute/],
    ['a permission that does not exist', 'contents: write', 'contents: rite', /^actionlint: .*rite/],
    ['a broken expression', "vars.KPI_ENABLED == 'true'", "vars.KPI_ENABLED = 'true'", /^github: .*'='/],
    ['an unknown context', 'inputs.providers }}', 'input.providers }}', /^github: .*input/],
    ['an impossible cron', '17 */4 * * *', '77 */4 * * *', /^actionlint: .*CRON/],
    ['a trigger that does not exist', 'workflow_dispatch:', 'workflow_dispach:', /^github: .*workflow_dispach/],
    ['an action by its tag', /checkout@\S+/.exec(collect)?.[0] ?? '', 'checkout@v7', /^rule: .*pinned/],
    ['permissions for all jobs', 'permissions: {}', 'permissions: write-all', /^rule: .*contents: read/],
    ['a token left behind', 'persist-credentials: false', 'fetch-depth: 1', /^rule: .*persist-credentials/],
    ['an input in a script', '- uses: ./\n', '- run: echo ${{ inputs.at }}\n      - uses: ./\n', /^rule: .*environment/],
  ])('%s is found', async (_, good, bad, found) => {
    expect(await workflowProblems(planted(collect, good, bad))).toContainEqual(expect.stringMatching(found));
  });

  it('the scheduled one is rare, alone, bounded, and off until it is switched on', () => {
    const [{ on, concurrency, jobs }] = parseYaml(collect) as [Readonly<Record<string, never>>];
    const [{ cron }] = (on as unknown as { schedule: [{ cron: string }] }).schedule;
    expect(Number(cron.split(' ')[0]) % 2).toBe(1);
    // Without a queue, a run that waits is cancelled by the next one.
    expect(concurrency).toMatchObject({ 'cancel-in-progress': false, queue: 'max' });
    expect(jobs).toEqual({
      collect: expect.objectContaining({ if: "vars.KPI_ENABLED == 'true'", permissions: { contents: 'write' }, 'timeout-minutes': 30 }),
    });
  });
});

describe('docs/run-it/github-actions.md', () => {
  const page = text('docs/run-it/github-actions.md');
  const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml]) => yaml ?? '').filter((yaml) => /^jobs:/m.test(yaml));

  it('shows workflows that pass', async () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(await workflowProblems(example)).toEqual([]);
  });

  it('names every input and every output of the action', () => {
    const [{ inputs, outputs }] = parseYaml(action) as [Record<'inputs' | 'outputs', object>];
    const named = [...page.matchAll(/^\| `([\w-]+)` /gm)].map(([, name]) => name);
    expect(named.sort()).toEqual([...Object.keys(inputs), ...Object.keys(outputs)].sort());
  });
});

describe('action.yml', () => {
  it('is as GitHub and this repository want it', () => {
    expect(actionProblems(action)).toEqual([]);
  });

  it.each([
    ['a step without a shell', '      shell: bash\n', '', /^github: .*shell/],
    ['another way to run', 'using: composite', 'using: composit', /^github: .*composit/],
    ['a broken expression', "outputs.setup == 'true'", "outputs.setup = 'true'", /^github: .*'='/],
    ['an action by its tag', /setup-node@\S+/.exec(action)?.[0] ?? '', 'setup-node@v7', /^rule: .*pinned/],
    ['an input in a script', 'scripts/action/collect.sh"\'', 'scripts/action/collect.sh" ${{ inputs.at }}\'', /^rule: .*environment/],
  ])('%s is found', (_, good, bad, found) => {
    expect(actionProblems(planted(action, good, bad))).toContainEqual(expect.stringMatching(found));
  });

  it('asks for no input that it does not have, and has none that it does not use', () => {
    const [{ inputs }] = parseYaml(action) as [{ inputs: Readonly<Record<string, unknown>> }];
    const used = new Set([...action.matchAll(/\binputs\.([\w-]+)/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(Object.keys(inputs).sort());
  });

  it('sets every variable that its scripts read', () => {
    const scripts = globSync('scripts/action/*.sh', { cwd: root }).map(text).join('\n');
    const read = new Set([...scripts.matchAll(/\$\{?((?:INPUT|RESTORED)_\w+)/g)].map(([, name]) => name));
    const set = new Set([...action.matchAll(/^ {8}((?:INPUT|RESTORED)_\w+):/gm)].map(([, name]) => name));
    expect([...set].sort()).toEqual([...read].sort());
  });
});

const shellcheck = spawnSync('shellcheck', ['--version']).status === 0;

describe.skipIf(!shellcheck)('shellcheck', () => {
  const check = (...args: readonly string[]) => spawnSync('shellcheck', args, { cwd: root, encoding: 'utf8' });

  it('has nothing against the scripts', () => {
    const scripts = globSync('scripts/action/*.sh', { cwd: root });
    expect(check('--external-sources', '.ci/run', ...scripts).stdout).toBe('');
  });

  it('bites', () => {
    const { status } = spawnSync('shellcheck', ['-'], { input: '#!/bin/bash\nrm $1\n' });
    expect(status).toBe(1);
  });
});
