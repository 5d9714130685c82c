import { systemClock } from '../../src/engine/clock.ts';
import { openOutbox } from '../../src/engine/outbox.ts';
import { entriesOf, sample } from './entries.ts';

/** `DIR SINK FIRST BATCHES`: appends batches of 50 numbered entries. */
const [dir = '', sink = '', first, batches] = process.argv.slice(2);
const outbox = await openOutbox(dir, { maxBytes: 1e9, clock: systemClock });
for (let batch = 0; batch < Number(batches); batch++) {
  await outbox.append(sink, entriesOf(Number(first) + batch * 50, 50, `run-${first}`), () => sample);
}
outbox.close();
