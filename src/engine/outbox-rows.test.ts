import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentsAfter, contentsOf, nothing, stepAt, takeStep } from '../../test/children/outbox-steps.ts';
import { systemClock } from './clock.ts';
import { openOutbox } from './outbox.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-rows-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

describe('outboxRows', () => {
  it('holds, and counts, what 100 seeded steps make of it', async () => {
    const outbox = await openOutbox(dir, { maxBytes: 1e9, clock: systemClock });
    let contents = nothing;
    for (let number = 0; number < 100; number++) {
      const step = stepAt(7, number);
      await takeStep(outbox, step);
      contents = contentsAfter(contents, step);
      // Throws where the tally is not what the rows add up to.
      if (number % 10 === 9) expect(await contentsOf(outbox, join(dir, 'outbox.db'))).toEqual(contents);
      const counts = new Map((await outbox.counts()).map((count) => [count.sink, count]));
      for (const [sink, { pending, rejected }] of Object.entries(contents)) {
        expect(counts.get(sink)?.pending ?? 0).toBe(pending.length);
        expect(counts.get(sink)?.rejected ?? 0).toBe(Object.keys(rejected).length);
      }
    }
    outbox.close();
  }, 30_000);
});
