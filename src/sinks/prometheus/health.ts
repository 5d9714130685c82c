import { type Entry, messageOf, type SinkContext } from '../../sdk/index.ts';
import { exposition, healthOf } from './exposition.ts';
import { pushHealth } from './pushgateway.ts';
import type { Settings } from './settings.ts';
import { writeTextfile } from './textfile.ts';

/** Publishes what a run tells of itself. */
export interface Health {
  /** Looks for the run's own points in a batch that was settled. Never throws: they are stored, and a failure here is a warning. */
  publish(batch: readonly Entry[]): Promise<void>;
}

export function createHealth({ runHealth, timeout }: Settings, context: SinkContext): Health {
  /** The newest run that was published: what an earlier one left in the outbox may come later. */
  let newest = Number.NEGATIVE_INFINITY;

  return {
    async publish(batch) {
      if (!runHealth) return;
      const own = batch.filter(({ point }) => point.measurement === 'kpi_run' || point.measurement === 'kpi_provider_run');
      const time = own.reduce((latest, { point }) => Math.max(latest, point.time.getTime()), Number.NEGATIVE_INFINITY);
      if (own.length === 0 || time < newest) return;
      newest = time;
      const groups = healthOf(
        own.filter(({ point }) => point.time.getTime() === time),
        context,
      );
      try {
        if ('textfile' in runHealth) await writeTextfile(context.resolve(runHealth.textfile), groups);
        else for (const group of groups) await pushHealth(group, exposition([group], { labelled: false }), runHealth, { timeout, context });
      } catch (error) {
        const to = 'textfile' in runHealth ? 'runHealth.textfile' : 'runHealth.pushgateway';
        context.log.warn('the health of the run was not published; its points are stored', { setting: to, error: messageOf(error) });
      }
    },
  };
}
