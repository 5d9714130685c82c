import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '../../src/engine/clock.ts';
import { openDatabase } from '../../src/engine/database.ts';
import { openOutbox } from '../../src/engine/outbox.ts';
import { openLocalState } from '../../src/engine/state.ts';
import { entriesOf, sample } from './entries.ts';

/**
 * A process that meets a disk as its parent has prepared it. `open FILE`: opens a database. `fill DIR [MB]`: appends to an outbox until
 * the disk takes no more, beside a file of so many megabytes that goes then. Prints what happened.
 */
const [mode, where = '', megabytes] = process.argv.slice(2);

async function open(): Promise<void> {
  const database = await openDatabase({ path: where, clock: systemClock, migrations: ['create table note (words text) strict'] });
  database.close();
  console.log('opened');
}

async function fill(): Promise<void> {
  const ballast = join(dirname(where), 'ballast');
  if (megabytes) writeFileSync(ballast, Buffer.alloc(Number(megabytes) * 1_000_000, 1));
  const outbox = await openOutbox(where, { maxBytes: 1e9, clock: systemClock });
  const state = await openLocalState(where, { clock: systemClock });
  const errors: string[] = [];
  let appended = 0;
  let remembered = 0;
  while (errors.length === 0) {
    try {
      await outbox.append('store', entriesOf(appended, 100), () => sample);
      appended += 100;
    } catch (error) {
      errors.push(String(error));
    }
  }
  while (errors.length === 1) {
    try {
      await state.change([{ kind: 'run', key: `run-${remembered}`, value: 'x'.repeat(5000) }]);
      remembered += 1;
    } catch (error) {
      errors.push(String(error));
    }
  }
  const full = (await outbox.counts())[0]?.pending ?? 0;
  const records = (await state.list('run')).length;
  let afterwards = 0;
  if (megabytes) {
    rmSync(ballast);
    await outbox.append('store', entriesOf(appended, 100), () => sample);
    await state.change([{ kind: 'run', key: 'later', value: null }]);
    afterwards = (await outbox.counts())[0]?.pending ?? 0;
  }
  outbox.close();
  await state.close();
  console.log(JSON.stringify({ errors, appended, full, remembered, records, afterwards }));
}

try {
  await (mode === 'open' ? open() : fill());
} catch (error) {
  console.log(String(error));
}
