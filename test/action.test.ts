import { existsSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startUpstreams, toGithub, token, toNuget, type Upstreams } from './e2e/upstreams.ts';
import { type JobOptions, type JobResult, runJob } from './runner/job.ts';
import { type GitServer, placeAction, root, startGitServer } from './runner/place.ts';

const page = readFileSync(join(root, 'docs/run-it/github-actions.md'), 'utf8');
const documented = /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
const config = {
  providers: {
    github: { ...toGithub, repos: ['petabridge/Phobos'] },
    nuget: { ...toNuget, packages: ['Akka'] },
  },
  sinks: { local: { type: 'sqlite', path: 'kpi.db' } },
};

let upstreams: Upstreams;
let server: GitServer;
const servers: GitServer[] = [];
beforeAll(async () => {
  upstreams = await startUpstreams();
});
beforeEach(() => {
  server = startGitServer({ 'kpi.config.json': JSON.stringify(config) });
  servers.push(server);
});
afterAll(async () => {
  await upstreams.close();
  for (const one of servers) one[Symbol.dispose]();
});

/** Runs a workflow of another repository, which has the config and nothing of ours. */
async function run(workflow: string, options: Partial<JobOptions> = {}): Promise<JobResult> {
  return await runJob(workflow, 'collect', {
    dir: server.newFolder(),
    server: server.url,
    repository: server.repository,
    checkout: (workspace) => server.clone(workspace),
    actions: { 'OWNER/REPO': root },
    secrets: { KPI_GITHUB_TOKEN: token },
    env: { GITHUB_URL: upstreams.github.url, NUGET_INDEX: upstreams.nuget.serviceIndex },
    ...options,
  });
}

/** The workflow of the page, its step with an id and these inputs. */
function withInputs(inputs: Readonly<Record<string, string>>): string {
  const step = '{ uses: OWNER/REPO@v0.1.0,';
  expect(documented).toContain(step);
  return documented.replace(step, `{ id: kpi, uses: OWNER/REPO@v0.1.0, with: ${JSON.stringify(inputs)},`);
}

const branches = () => server.git('branch', '--format=%(refname:short)').trim().split('\n');

describe('the action', () => {
  it('is all that another repository needs: ten lines, as the page has them', async () => {
    expect(documented.trim().split('\n')).toHaveLength(10);
    const job = await run(documented);
    expect(job, job.log).toMatchObject({ conclusion: 'success', codes: { collect: 0, save: 0 } });
    expect(server.git('ls-tree', '-r', '--name-only', 'kpi-data')).toMatch(/^\.kpi\/[\s\S]*^kpi\.db$/m);
    const db = new DatabaseSync(join(job.workspace, 'kpi.db'), { readOnly: true });
    expect(db.prepare('select repo, stars from github_repository').all()).toMatchObject([{ repo: 'petabridge/Phobos', stars: 31 }]);
    db.close();
    expect(job.log).not.toContain(token);
  });

  it('gives what the run says of itself, and its report', async () => {
    const { steps, log } = await run(withInputs({}));
    const report = JSON.parse(readFileSync(steps.kpi?.outputs.report ?? '', 'utf8'));
    expect(steps.kpi?.outputs, log).toEqual({ status: 'ok', 'run-id': report.runId, report: expect.stringMatching(/kpi-report\.json$/) });
  });

  it('gives each of its uses in a job a report of its own', async () => {
    const twice = withInputs({ state: 'none' }).trimEnd();
    const step = twice.split('\n').at(-1) ?? '';
    const job = await run(`${twice}\n${step.replace('id: kpi', 'id: again')}\n`);
    const [first, second] = ['kpi', 'again'].map((id) => job.steps[id]?.outputs ?? {});
    expect(first?.report, job.log).not.toBe(second?.report);
    for (const outputs of [first, second]) {
      expect(JSON.parse(readFileSync(outputs?.report ?? '', 'utf8'))).toMatchObject({ runId: outputs?.['run-id'] });
    }
  });

  it('says that there is no env-file, on the page of the run too', async () => {
    for (const file of ['nope', '.']) {
      const { codes, log, steps, summary } = await run(withInputs({ 'env-file': file }));
      expect(codes).toMatchObject({ collect: 64 });
      expect(log).toMatch(/^::error title=kpi::The input env-file names no file that can be read/m);
      expect(log).not.toContain('node:');
      expect(steps.kpi?.outputs).toMatchObject({ status: 'failed' });
      expect(summary).toContain('**kpi did not start:** The input env-file names no file');
    }
    const job = await run(withInputs({ 'env-file': 'my env' }), {
      checkout(workspace) {
        server.clone(workspace);
        writeFileSync(join(workspace, 'my env'), 'MINE=1\n');
      },
    });
    expect(job, job.log).toMatchObject({ codes: { collect: 0 } });
  });

  it('ends with the exit code of kpi, and saves what there is', async () => {
    const job = await run(withInputs({ config: 'other.json' }));
    expect(job).toMatchObject({
      conclusion: 'failure',
      codes: { collect: 78, save: 0 },
      steps: { kpi: { outputs: { status: 'failed' } } },
    });
    expect(branches()).toEqual(['main']);
    const partly = await run(withInputs({ providers: 'github,nuget' }), { secrets: { KPI_GITHUB_TOKEN: 'another-token' } });
    expect(partly).toMatchObject({
      conclusion: 'failure',
      codes: { collect: 3, save: 0 },
      steps: { kpi: { outputs: { status: 'partial' } } },
    });
    expect(branches()).toEqual(['kpi-data', 'main']);
  });

  it('passes its inputs on as flags', async () => {
    const at = new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000).toISOString();
    const { steps, log } = await run(
      withInputs({
        providers: 'nuget',
        measurements: 'nuget_*',
        sinks: 'local',
        at,
        timeout: '5m',
        'fail-on': 'any',
        report: 'my report.json',
      }),
    );
    const report = JSON.parse(readFileSync(steps.kpi?.outputs.report ?? '', 'utf8'));
    expect(report, log).toMatchObject({ status: 'ok', at, sinks: [{ name: 'local' }] });
    expect(report.providers.map(({ name }: { name: string }) => name)).toEqual(['nuget']);
    expect(steps.kpi?.outputs.report).toMatch(/workspace\/my report\.json$/);
  });

  it('writes nothing in a dry run, to the branch neither', async () => {
    const job = await run(withInputs({ 'dry-run': 'true' }));
    expect(job, job.log).toMatchObject({ conclusion: 'success', codes: { collect: 0 } });
    expect(job.codes).not.toHaveProperty('save');
    expect(branches()).toEqual(['main']);
    expect(existsSync(join(job.workspace, 'kpi.db'))).toBe(false);
  });

  it('leaves the state alone where it is asked to', async () => {
    const job = await run(withInputs({ state: 'none' }));
    expect(Object.keys(job.codes)).toEqual(['node', 'install', 'collect']);
    expect(branches()).toEqual(['main']);
  });

  it('runs no text of an input', async () => {
    const hostile = '$(touch "$GITHUB_WORKSPACE/ran"); touch "$GITHUB_WORKSPACE/ran" `touch ran` \' " | & \n touch ran';
    for (const input of ['providers', 'at', 'state-branch', 'state-files', 'version', 'dry-run']) {
      const job = await run(withInputs({ [input]: hostile }));
      // Of files with such names there are none.
      expect(job.conclusion, input).toBe(input === 'state-files' ? 'success' : 'failure');
      expect(existsSync(join(job.workspace, 'ran')), input).toBe(false);
    }
  });

  it('refuses a version from npm, where kpi is another’s name, and a word that it does not know', async () => {
    const named = await run(withInputs({ version: '1.0.0' }));
    expect(named).toMatchObject({ conclusion: 'failure', codes: { install: 1 }, log: expect.stringContaining('kpi is not on npm yet') });
    expect(named.codes).not.toHaveProperty('collect');
    expect((await run(withInputs({ state: 'cache' }))).log).toContain('The input state is branch or none');
    expect((await run(withInputs({ 'dry-run': 'yes' }))).codes).toMatchObject({ collect: 64 });
  });

  it('runs the kpi of the workspace, or says that there is none', async () => {
    const missing = await run(withInputs({ version: 'workspace' }));
    expect(missing).toMatchObject({ codes: { install: 1 }, log: expect.stringContaining('There is no kpi in ') });
    const job = await run(withInputs({ version: 'workspace' }), {
      checkout(workspace) {
        server.clone(workspace);
        mkdirSync(join(workspace, 'node_modules/kpi/bin'), { recursive: true });
        writeFileSync(join(workspace, 'node_modules/kpi/bin/run.js'), 'console.log("the other", process.argv.slice(2, 3).join());');
      },
    });
    expect(job).toMatchObject({ conclusion: 'success', log: expect.stringContaining('the other collect') });
  });

  it('installs what it needs, and no more, where it was not installed yet', async () => {
    const action = server.newFolder();
    placeAction(action);
    unlinkSync(join(action, 'node_modules'));
    // Stands in for npm: what it would fetch is here already.
    const npm = join(server.newFolder(), 'npm');
    writeFileSync(npm, `#!/bin/sh\necho "npm $*"\nln -s '${join(root, 'node_modules')}' node_modules\n`, { mode: 0o755 });
    const env = {
      GITHUB_URL: upstreams.github.url,
      NUGET_INDEX: upstreams.nuget.serviceIndex,
      PATH: `${dirname(npm)}:${process.env.PATH}`,
    };
    const job = await run(documented, { actions: { 'OWNER/REPO': action }, env });
    expect(job, job.log).toMatchObject({ conclusion: 'success', log: expect.stringContaining('npm ci --omit=dev --ignore-scripts') });
    expect(existsSync(join(action, 'node_modules'))).toBe(true);
  });

  it('sets up Node only where it is too old', async () => {
    expect((await run(withInputs({}))).used).toEqual(['actions/checkout']);
    const old = join(server.newFolder(), 'node');
    writeFileSync(old, '#!/bin/sh\necho v20.20.2\n', { mode: 0o755 });
    const job = await run(withInputs({}), { env: { PATH: `${dirname(old)}:${process.env.PATH}` } });
    expect(job.used).toContain('actions/setup-node');
  });

  it('hands out the files that could not be saved', async () => {
    const job = await run(withInputs({}), {
      ended(step) {
        // Another run is faster.
        if (step === 'collect') server.git('branch', 'kpi-data', 'main');
      },
    });
    expect(job).toMatchObject({ conclusion: 'failure', codes: { collect: 0, save: 1 }, artifacts: [expect.any(String)] });
    expect(existsSync(join(job.artifacts[0] ?? '', 'kpi.db'))).toBe(true);
  });
});

describe('the scheduled workflow', () => {
  const collect = readFileSync(join(root, '.github/workflows/collect.yml'), 'utf8');

  it.each<Record<string, string>>([{}, { KPI_ENABLED: '' }, { KPI_ENABLED: 'false' }])(
    'does nothing while the variable is not set: %j',
    async (vars) => {
      expect(await run(collect, { vars })).toMatchObject({ conclusion: 'skipped', used: [], log: '' });
    },
  );

  it('runs by the clock, without inputs, and by hand', async () => {
    const options: Partial<JobOptions> = {
      vars: { KPI_ENABLED: 'true' },
      checkout(workspace) {
        server.clone(workspace);
        placeAction(workspace);
      },
    };
    const byClock = await run(collect, options);
    expect(byClock, byClock.log).toMatchObject({ conclusion: 'success', codes: { collect: 0, save: 0 } });
    const before = server.git('rev-parse', 'kpi-data');
    const inputs = { providers: 'nuget', measurements: '', at: '-1h', 'dry-run': true };
    const byHand = await run(collect, { ...options, inputs });
    expect(byHand, byHand.log).toMatchObject({ conclusion: 'success', codes: { collect: 0 } });
    expect(byHand.log).not.toMatch(/^github/m);
    expect(server.git('rev-parse', 'kpi-data')).toBe(before);
  });
});
