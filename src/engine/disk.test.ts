import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createTestOutside } from '../testing/outside.ts';
import { type Disk, openDisk } from './disk.ts';
import { createRedactor } from './redact.ts';
import { openLocalState } from './state.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-disk-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

it.each([
  ['each machine drains its own outbox, where they share the rest', true, [undefined, undefined]],
  ['one run alone drains the outbox of a folder', false, [undefined, 'run-1']],
])('%s', async (_, isShared, expected) => {
  const dir = folder();
  const outside = createTestOutside({ cwd: dir });
  const { clock } = outside;
  const disks: Disk[] = [];
  for (const number of [1, 2]) {
    const stateDir = isShared ? folder() : dir;
    const state = isShared ? await openLocalState(dir, { clock, patienceMs: 1000 }) : undefined;
    const config = {
      run: { concurrency: 1, timeoutMs: 60_000, failOn: 'required', stateDir, state: 'local' },
      outbox: { maxBytes: 1e6 },
    } as const;
    disks.push(await openDisk({ config, outside, runId: `run-${number}`, redactor: createRedactor(), state }));
  }
  const heldBy = [];
  for (const disk of disks) heldBy.push(await disk.leases.take(disk.drainLease('influxdb')));
  expect(heldBy).toEqual(expected);
  // What is collected is collected by one, in any case.
  expect(await disks[0]?.leases.take('instance/github')).toBeUndefined();
  expect(await disks[1]?.leases.take('instance/github')).toBe('run-1');
  for (const disk of disks) {
    await disk.leases.release();
    await disk.close();
  }
});
