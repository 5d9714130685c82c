import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { exposition, type HealthGroup } from './exposition.ts';

/**
 * Writes the file beside its place, and renames it there: the node exporter never reads half of one, nor parts of two, where two runs end at
 * once. What failed keeps the time of its last success. https://github.com/prometheus/node_exporter#textfile-collector
 */
export async function writeTextfile(path: string, groups: readonly HealthGroup[]): Promise<void> {
  const kept = (await textOf(path)).split('\n').filter((line) => lastSuccess.test(line));
  const text = exposition(groups, { labelled: true, kept });
  const beside = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeWhole(beside, text);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    // The exporter is another user.
    await file.chmod(0o644);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** When what succeeded in earlier runs did so. */
const lastSuccess = /^kpi_(provider_)?run_last_success_timestamp_seconds(\{.*\})? [\d.e+]+$/;
