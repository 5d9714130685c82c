import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConfigError } from '../../sdk/errors.ts';
import type { Config } from '../config/config.ts';
import { backlogs } from './backlogs.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-backlogs-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const config = () => ({ run: { stateDir: dir } }) as Config;

it('are none where there is no outbox, and make none', async () => {
  expect(await backlogs(config())).toEqual([]);
  expect(readdirSync(dir)).toEqual([]);
});

it('are not to be known of what is no outbox', async () => {
  writeFileSync(join(dir, 'outbox.db'), 'this is no database, and long enough to be told from one that is empty');
  await expect(backlogs(config())).rejects.toThrow(ConfigError);
});
