import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../sdk/errors.ts';
import { readEnv } from './env.ts';

describe('readEnv', () => {
  let dir = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'kpi-env-'));
    await writeFile(join(dir, '.env'), '# tokens\nA=file\nB="two\nlines"\nexport C=\'c\'\nEMPTY=filled\n');
  });
  afterAll(() => rm(dir, { recursive: true }));

  it('is the environment itself without a file', async () => {
    const env = { A: 'x' };
    expect(await readEnv(env, dir, undefined)).toBe(env);
  });

  it('adds what the file has; what is set outside wins, unless it is empty', async () => {
    expect(await readEnv({ A: 'outside', EMPTY: '' }, dir, '.env')).toEqual({ A: 'outside', B: 'two\nlines', C: 'c', EMPTY: 'filled' });
  });

  it('says in one sentence that the file is missing, or a folder', async () => {
    await expect(readEnv({}, dir, 'gone.env')).rejects.toThrow(
      new ConfigError('the file gone.env of --env-file cannot be read: it does not exist'),
    );
    await expect(readEnv({}, dir, '.')).rejects.toThrow(new ConfigError('the file . of --env-file cannot be read: it is a folder'));
  });
});
