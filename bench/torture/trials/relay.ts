import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SinkReport } from '../../../src/sdk/report.ts';
import { runProgram } from '../../../src/testing/program.ts';
import { seededRandom } from '../../../src/testing/random.ts';
import { judge } from '../judge.ts';
import { openPlace } from '../place.ts';
import { kafka } from '../stores/kafka.ts';
import { identitiesOf } from '../world.ts';
import { anHourAgo } from './interrupted.ts';
import type { Trial } from './trial.ts';

/** A run takes this long of the time of points: each load is of a time of its own. */
const betweenLoadsMs = 3_600_000;
/** As many points as this may come to the store between a kill and the next. */
const mostBetween = 15_000;
/** One in so many is killed before anything has come. */
const early = 6;

/** `kill -9` of `kpi relay`, the built program, while it takes points from Kafka, and then again until nothing is left there. */
export const relay: Trial = {
  what: '`kill -9` of `kpi relay` from Kafka, then again until it is empty',
  missing: kafka.missing,
  async run(kind, { points, moments, seed }) {
    const target = await openPlace(kind);
    const { count } = target.store;
    if (!count) return void (await target.close());
    const source = await openPlace(kafka);
    try {
      const random = seededRandom(seed);
      const wrong: string[] = [];
      const reports: SinkReport[] = [];
      const expected = new Set<string>();
      const cwd = join(target.dir, 'relay');
      const sinks = { queue: source.store.entry(source.proxy?.port ?? 0), store: target.store.entry(target.proxy?.port ?? 0) };
      mkdirSync(cwd);
      writeFileSync(join(cwd, 'kpi.config.json'), JSON.stringify({ providers: {}, sinks }));
      const env = { ...source.store.env, ...target.store.env };
      const args = ['relay', '--from', 'queue', '--until-empty', '--json'];

      async function load(): Promise<void> {
        const at = new Date(anHourAgo().getTime() - reports.length * betweenLoadsMs);
        const { sink, exitCode } = await source.run('collect', { at, points });
        if (exitCode !== 0) wrong.push(`the run that filled Kafka ended with ${exitCode}`);
        reports.push(sink);
        for (const identity of identitiesOf(points, at)) expected.add(identity);
      }

      await load();
      let killed = 0;
      let underWay = 0;
      while (killed < moments && wrong.length === 0) {
        const before = await count();
        const isEarly = random() * early < 1;
        const more = Math.ceil(mostBetween * random());
        const laterMs = random() * (isEarly ? 1500 : 60);
        let isOver = false;
        let watching: Promise<void> | undefined;
        const ended = await runProgram(args, {
          cwd,
          env,
          started(child) {
            watching = (async () => {
              while (!isOver && !isEarly && (await count()) < before + more) await pause(2);
              await pause(laterMs);
              child.kill('SIGKILL');
            })();
            child.once('exit', () => {
              isOver = true;
            });
          },
        });
        await watching;
        if (ended.signal === 'SIGKILL') {
          killed++;
          if ((await count()) > before) underWay++;
        } else if (ended.code === 0) await load();
        else wrong.push(`a relay ended with ${ended.code}: ${ended.stderr || ended.stdout}`);
      }

      const before = await count();
      const last = await runProgram(args, { cwd, env });
      const told = JSON.parse(last.stdout || '{}');
      if (last.code !== 0) wrong.push(`the last relay ended with ${last.code}: ${last.stderr || last.stdout}`);
      if (told.rejected !== 0) wrong.push(`the last relay says that it put ${told.rejected} aside`);
      if (told.delivered < expected.size - before)
        wrong.push(`the last relay says ${told.delivered}, and ${expected.size - before} were left`);
      return judge({
        rerun: kind.rerun,
        bites: killed,
        expected,
        held: await target.store.identities(),
        reports,
        note: `${underWay} of ${killed} while points came; ${told.delivered} came when nobody killed it any more`,
        wrong,
      });
    } finally {
      await source.close();
      await target.close();
    }
  },
};

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
