import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type JobResult, runJob } from './runner/job.ts';
import { type Chapter, config, contentOf, leftOver, live, oneMachine, secrets } from './runner/life.ts';
import { placeAction, root, startGitServer } from './runner/place.ts';

const chapters: readonly Chapter[] = [
  { name: 'the first', hoursAgo: 11 },
  { name: 'one with a dead sink', hoursAgo: 9, sinkDead: true },
  { name: 'one that is killed', hoursAgo: 7, killed: true },
  { name: 'one as usual', hoursAgo: 5 },
  { name: 'one that is late by hours', hoursAgo: 1 },
];

it('five runs in fresh clones, with the branch kpi-data between them, leave what one machine would have left', {
  timeout: 120_000,
}, async () => {
  using server = startGitServer({ 'kpi.config.json': JSON.stringify(config) });
  const workflow = readFileSync(join(root, '.github/workflows/collect.yml'), 'utf8');
  // Points carry whole seconds.
  const now = new Date(Math.floor(Date.now() / 1000) * 1000);
  const jobs: JobResult[] = [];
  const leases: { readonly atEnd: readonly string[]; readonly saved: readonly string[] }[] = [];

  const runners = live(chapters, now, {
    async run(at, env, started) {
      let atEnd: readonly string[] = [];
      const job = await runJob(workflow, 'collect', {
        dir: server.newFolder(),
        server: server.url,
        repository: server.repository,
        vars: { KPI_ENABLED: 'true' },
        secrets: {
          KPI_GITHUB_TOKEN: secrets.GITHUB_TOKEN,
          INFLUX_TOKEN: secrets.INFLUX_TOKEN,
          MAILCHIMP_API_KEY: secrets.MAILCHIMP_API_KEY,
          INFLUX_URL: env.INFLUX_URL ?? '',
        },
        inputs: { at },
        env,
        checkout(workspace) {
          server.clone(workspace);
          placeAction(workspace);
        },
        started(step, child) {
          if (step === 'collect') started(child, join(server.dir, `machine-${jobs.length + 1}`, 'workspace'));
        },
        ended(step, workspace) {
          if (step === 'collect') atEnd = leftOver(workspace).leases;
        },
      });
      jobs.push(job);
      leases.push({ atEnd, saved: leftOver(job.workspace).leases });
      expect(job.codes.save, job.log).toBe(0);
      // Nothing of a runner outlives it but the branch, which has one commit.
      expect(server.git('rev-list', '--count', 'kpi-data').trim(), job.log).toBe('1');
      return job.codes.collect ?? -1;
    },
  });
  const [on, off] = await Promise.all([runners, live(chapters, now, oneMachine(join(server.dir, 'control')))]);
  const last = jobs.at(-1)?.workspace ?? '';

  // What was to befall them did, and the job ends as kpi did.
  expect(on.codes, jobs.map((job) => job.log).join('\n')).toEqual([0, 75, 137, 0, 0]);
  expect(off.codes).toEqual(on.codes);
  expect(jobs.map((job) => job.conclusion)).toEqual(['success', 'failure', 'failure', 'success', 'success']);
  expect(jobs.flatMap((job) => job.artifacts)).toEqual([]);
  // The one that was killed held leases, which the next machine could only have waited for.
  expect(leases.map(({ atEnd }) => atEnd.length > 0)).toEqual([false, false, true, false, false]);
  expect(leases.flatMap(({ saved }) => saved)).toEqual([]);

  const control = contentOf(join(server.dir, 'control', 'kpi.db'));
  const counts = Object.fromEntries(Object.entries(control).map(([table, rows]) => [table, rows.length]));
  expect(counts).toMatchObject({
    nuget_package: 2 * 5,
    github_repository: expect.toBeOneOf([5, 10]),
    stackoverflow_questions: expect.toSatisfy((count) => count >= 7),
    mailchimp_list: 5,
    mailchimp_list_activity: expect.toSatisfy((count) => count >= 30),
    mailchimp_list_growth: expect.toSatisfy((count) => count >= 4),
  });
  expect(contentOf(join(last, 'kpi.db'))).toEqual(control);

  // The other store, which was away for one run: nothing that was pending is lost.
  const stored = ({ influx }: typeof on) =>
    influx
      .rows()
      .filter((row) => row.measurement !== 'kpi_run' && row.measurement !== 'kpi_provider_run')
      .map((row) => JSON.stringify(row))
      .sort();
  expect(stored(on)).toEqual(stored(off));
  const { kpi_measurement: _, ...points } = counts;
  expect(stored(on)).toHaveLength(Object.values(points).reduce((sum, count) => sum + count));
  expect(leftOver(last)).toEqual({ entries: 0, leases: [] });
  await Promise.all([on.influx.close(), off.influx.close()]);
});
