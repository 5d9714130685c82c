import { dirname } from 'node:path';
import type { Point } from '../../../src/sdk/point.ts';
import type { RunReport } from '../../../src/sdk/report.ts';
import { runProgram } from '../../../src/testing/program.ts';
import { seededRandom } from '../../../src/testing/random.ts';
import { manyRepositories, startGithub } from '../../../src/testing/stand-ins/github/index.ts';
import { judge } from '../judge.ts';
import { openPlace } from '../place.ts';
import { identityOf, isCollected } from '../store.ts';
import { anHourAgo } from './interrupted.ts';
import type { Trial } from './trial.ts';

const token = 'a-token-of-the-torture';
const repositories = 1000;

/** `kill -9` of `kpi collect`, the built program, at seeded moments, each in a run of its own time; then the same run again. */
export const kills: Trial = {
  what: '`kill -9` of `kpi collect`, then the same run again',
  async run(kind, { moments, seed }) {
    const place = await openPlace(kind);
    const github = await startGithub({ repositories: manyRepositories('acme', repositories), token, latencyMs: 20 });
    try {
      const random = seededRandom(seed);
      const env = { GITHUB_TOKEN: token, ...place.store.env };
      const providers = { github: { token: '${GITHUB_TOKEN}', orgs: [{ name: 'acme' }], baseUrl: github.url } };
      const expected = new Set<string>();
      const reports: RunReport[] = [];
      const wrong: string[] = [];
      const dry = await runProgram(['collect', '--dry-run', '--json'], { cwd: dirname(place.config('dry', providers)), env });
      // Each is a snapshot: of the time of its run.
      const template = (JSON.parse(dry.stdout).points as Point[]).filter(({ measurement }) => isCollected(measurement));
      let killed = 0;
      let usualMs = 0;
      // A moment that lies behind the end of its run is none.
      for (let run = 0; killed < moments && run < moments * 3 + 2; run++) {
        const at = new Date(anHourAgo().getTime() - run * 60_000).toISOString();
        const cwd = dirname(place.config(`run-${run}`, providers));
        const args = ['collect', '--at', at, '--json'];
        // The first two runs are left alone: they show how long one takes.
        if (run >= 2) {
          const afterMs = usualMs * (0.1 + 0.85 * random());
          const { signal } = await runProgram(args, {
            cwd,
            env,
            started: (child) => void setTimeout(() => child.kill('SIGKILL'), afterMs),
          });
          if (signal === 'SIGKILL') killed++;
        }
        const again = await runProgram(args, { cwd, env });
        usualMs = again.ms;
        if (again.code !== 0) wrong.push(`the same run again ended with ${again.code}: ${again.stderr || again.stdout}`);
        else reports.push(JSON.parse(again.stdout));
        for (const { measurement, tags } of template) expected.add(identityOf(measurement, tags, new Date(at)));
      }
      if (killed < moments) wrong.push(`only ${killed} of ${moments} were killed in time`);
      const told = reports.filter(({ problems }) => problems.some(({ message }) => message.includes('did not finish'))).length;
      return judge({
        rerun: kind.rerun,
        bites: killed,
        expected,
        held: await place.store.identities(),
        reports: reports.flatMap(({ sinks }) => sinks),
        note: `${told} of ${killed} were known to the next run; the others had not begun`,
        wrong,
      });
    } finally {
      await github.close();
      await place.close();
    }
  },
};
