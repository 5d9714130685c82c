import { gauge, measurement } from '../../sdk/index.ts';
import { entryOf, sinkContract } from '../../testing/contract/sink.ts';
import { daily, grown } from '../../testing/contract/sink-model.ts';
import { transportFault } from '../../testing/stand-in.ts';
import { startPrometheus } from '../../testing/stand-ins/prometheus/index.ts';
import { rowsOf } from '../../testing/stand-ins/prometheus/rows.ts';
import { prometheus } from './index.ts';

const now = new Date('2026-11-21T20:00:00.000Z');

/** Refused by the stand-in whatever else is stored. */
const cursed = measurement('cursed', {
  help: 'What no server takes.',
  time: 'snapshot',
  tags: { place: 'where' },
  fields: { level: gauge() },
});

sinkContract(prometheus, {
  async start() {
    const standIn = await startPrometheus({
      newest: now,
      refuses: (labels) => (labels.__name__ === 'cursed_level' ? 'this series is cursed' : undefined),
    });
    return {
      settings: { url: `${standIn.url}/api/v1/write` },
      read: async () => rowsOf(standIn.samples(), [grown, daily, cursed], ['team']),
      async interrupt() {
        standIn.misbehave(transportFault('refuse'));
        return async () => standIn.misbehave(undefined);
      },
      refuse: async () => ({
        measurements: [cursed],
        entries: ['a', 'b'].map((place) =>
          entryOf({ measurement: cursed.name, tags: { place }, fields: { level: 1 }, time: now, collectedAt: now }),
        ),
        reason: /cursed/,
      }),
      close: () => standIn.close(),
    };
  },
});
