import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { file } from '../src/sinks/file/index.ts';
import { createSinkContext } from '../src/testing/sink-context.ts';
import { withWriters } from './children/sink-writers.ts';

/** Batches of which there are lines, as `writer batch`, and how many. Every line is whole. */
function linesByBatch(path: string): Map<string, number> {
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  const batches = new Map<string, number>();
  for (const line of lines) {
    const batch = String(JSON.parse(line).tags.place).split(' ').slice(0, 2).join(' ');
    batches.set(batch, (batches.get(batch) ?? 0) + 1);
  }
  return batches;
}

/** Writes one line more, as the next run does. */
async function writeOnce(path: string): Promise<void> {
  const open = await file.open({ path }, createSinkContext({ measurements: [] }));
  const time = new Date('2026-11-21T20:00:00.000Z');
  const point = { measurement: 'numbers', tags: { place: 'last 0 0' }, fields: { level: 1 }, time };
  await open.write([{ point, runId: 'run-last', collectedAt: time, provisional: false }]);
  await open.close();
}

describe('the file sink', () => {
  it('has every acknowledged line after kill -9 and the next write, and none in part', { timeout: 60_000 }, () =>
    withWriters(async ({ dir, killed }) => {
      const path = join(dir, 'points.ndjson');
      const acknowledged = await killed('file', path, 4, 5000);
      expect(acknowledged.length).toBeGreaterThan(4);
      await writeOnce(path);
      const stored = linesByBatch(path);
      for (const batch of acknowledged) expect(stored.get(batch), batch).toBe(5000);
      expect(stored.get('last 0')).toBe(1);
    }),
  );

  it('has no half line after a kill in the middle of a batch and the next write', { timeout: 60_000 }, () =>
    withWriters(async ({ dir, torn }) => {
      const path = join(dir, 'points.ndjson');
      const acknowledged = await torn('file', path, 100);
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(readFileSync(path, 'utf8')).not.toMatch(/\n$/);
      await writeOnce(path);
      const stored = linesByBatch(path);
      for (const batch of acknowledged) expect(stored.get(batch), batch).toBe(100);
      expect(stored.get('last 0')).toBe(1);
    }),
  );

  it('keeps the lines of two processes apart', { timeout: 60_000 }, () =>
    withWriters(async ({ dir, together }) => {
      const path = join(dir, 'points.ndjson');
      await together('file', path, 40, 500);
      const stored = linesByBatch(path);
      expect(stored.size).toBe(80);
      expect(new Set(stored.values())).toEqual(new Set([500]));
    }),
  );
});
