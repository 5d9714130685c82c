import { judge } from '../judge.ts';
import { openPlace } from '../place.ts';
import { identitiesOf } from '../world.ts';
import { anHourAgo } from './interrupted.ts';
import type { Trial } from './trial.ts';

/** No file may grow beyond this: neither the outbox nor what a store keeps on this disk. */
const largestFileKib = 1024;

/** A store that takes nothing, before a disk that is full: the run must fail and say what is lost. Then the same run again, in peace. */
export const fullDisk: Trial = {
  what: 'away while the disk of the outbox is full',
  async run(kind, { points }) {
    const place = await openPlace(kind);
    try {
      const at = anHourAgo();
      // One whose own file cannot be locked before it is there is away by the same limit.
      if (place.proxy) await place.stop();
      const first = await place.run('collect', { at, points, largestFileKib });
      if (place.proxy) await place.start();
      const wrong: string[] = [];
      const { lost, pending } = first.sink;
      if (first.exitCode !== 1) wrong.push(`the run that lost ${lost} points ended with ${first.exitCode}, not 1`);
      if (first.sink.problems.length === 0) wrong.push('the run did not say why');
      const second = await place.run('collect', { at, points });
      if (second.exitCode !== 0) wrong.push(`the same run again ended with ${second.exitCode}`);
      return judge({
        rerun: kind.rerun,
        bites: lost > 0 ? 1 : 0,
        expected: identitiesOf(points, at),
        held: await place.store.identities(),
        reports: [first.sink, second.sink],
        note: `exit 1 said that ${lost} were lost, ${pending} waited`,
        wrong,
      });
    } finally {
      await place.close();
    }
  },
};
