import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('children/outbox-backlog.ts', import.meta.url));

/** Node's heap, in MiB: about half of it is taken by what is there anyhow. */
const heap = 64;

// `npm run torture -- backlog` does the same with 1 GiB.
it('a backlog of more than the memory is delivered in order, the oldest first, to all sinks alike', { timeout: 60_000 }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-backlog-'));
  try {
    const { stdout, stderr } = spawnSync(process.execPath, [`--max-old-space-size=${heap}`, script, dir, '128', '3'], { encoding: 'utf8' });
    const seen = JSON.parse(stdout || stderr);
    expect(seen).toMatchObject({ refusal: 'OutboxFullError', wrong: 0, left: 0 });
    expect(seen.entries).toBeGreaterThan(100_000);
    expect(seen.delivered).toBe(seen.entries);
    // Each of them takes thousands in turn.
    expect(seen.apart).toBeLessThan(0.1);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
