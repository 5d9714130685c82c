import { writeSync } from 'node:fs';
import { systemClock } from '../../src/engine/clock.ts';
import { openOutbox } from '../../src/engine/outbox.ts';
import { stepAt, takeStep } from './outbox-steps.ts';

/** `DIR SEED FIRST END`: takes one step after the other, and prints the number of each that was taken. */
const [dir = '', seed, first, end] = process.argv.slice(2);
const outbox = await openOutbox(dir, { maxBytes: 1e9, clock: systemClock });
for (let number = Number(first); number < Number(end); number++) {
  await takeStep(outbox, stepAt(Number(seed), number));
  writeSync(1, `${number}\n`);
}
outbox.close();
