import { seededRandom } from '../../../src/testing/random.ts';
import { judge } from '../judge.ts';
import { openPlace } from '../place.ts';
import { identitiesOf } from '../world.ts';
import { anHourAgo } from './interrupted.ts';
import type { Trial } from './trial.ts';

/** A run whose points all wait in the outbox; what delivers them is killed again and again. Nothing is collected twice. */
export const drains: Trial = {
  what: '`kill -9` of `kpi outbox send`, until the outbox is empty',
  async run(kind, { points, moments, seed }) {
    const place = await openPlace(kind);
    try {
      if (!place.stops) return undefined;
      const at = anHourAgo();
      const random = seededRandom(seed);
      const wrong: string[] = [];
      await place.stop();
      const first = await place.run('collect', { at, points });
      await place.start();
      if (first.exitCode !== 75) wrong.push(`the run whose points wait ended with ${first.exitCode}, not 75`);
      let killed = 0;
      const most = (2 * points) / (moments + 1);
      while (killed < moments && (await place.kill('send', { at, points }, 1 + most * random()))) killed++;
      const last = await place.run('send', { at, points });
      if (last.exitCode !== 0) wrong.push(`the last command ended with ${last.exitCode}`);
      if (last.sink.backlog > 0) wrong.push(`${last.sink.backlog} points still wait`);
      const late = last.sink.replayed;
      return judge({
        rerun: kind.rerun,
        bites: killed,
        expected: identitiesOf(points, at),
        held: await place.store.identities(),
        reports: [first.sink],
        note: late > 0 ? `${late} came when nobody killed it any more` : '',
        wrong,
      });
    } finally {
      await place.close();
    }
  },
};
