import { createInterface } from 'node:readline';
import { systemClock } from '../../src/engine/clock.ts';
import { acquireLease, processStart } from '../../src/engine/lease.ts';
import { openLocalState } from '../../src/engine/state.ts';

/** `DIR RUN`: for each line of names that its parent writes, tries to take the leases in turn, and prints those that it got. */
const [dir = '', runId = ''] = process.argv.slice(2);
const store = await openLocalState(dir, { clock: systemClock });
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const won: string[] = [];
  for (const name of line.split(' ')) {
    const start = processStart(process.pid);
    const lease = await acquireLease(store, { name, runId, host: 'here', pid: process.pid, processStart: start, clock: systemClock });
    if (!('heldBy' in lease)) won.push(name);
  }
  console.log(won.join(' '));
}
await store.close();
