import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { LoadOptions } from './config.ts';
import type { Draft } from './draft.ts';
import { pathText } from './path.ts';

/** Where kpi's memory is: `KPI_STATE_DIR` is relative to the working directory, as in any shell; the setting is to the config. */
export function stateDirOf({ cwd }: Pick<LoadOptions, 'cwd'>, { env, source }: Pick<Draft, 'env' | 'source'>, setting: string): string {
  const wanted = env.KPI_STATE_DIR;
  return wanted ? resolve(cwd, wanted) : resolve(source.dir, setting);
}

/** Who has a file, and how a message goes on about it. */
interface Taken {
  readonly by: string;
  readonly says: string;
}

/** Each file is written by one alone: no sink may have that of another, the config, or a file of kpi's own memory. */
export function checkPlaces({ sinks, source, notes }: Pick<Draft, 'sinks' | 'source' | 'notes'>, stateDir: string): void {
  const taken = new Map<string, Taken>();
  for (const name of ['state.db', 'outbox.db']) {
    for (const end of ['', '-wal', '-shm', '-journal']) take(join(stateDir, name + end), ownMemory(name));
  }
  const runs = join(stateDir, 'runs');
  take(runs, ownMemory('runs'));
  take(source.file, { by: 'config', says: 'is the config itself: name another file' });

  for (const { entry, settings } of sinks) {
    if (!entry.enabled || settings.value === undefined) continue;
    const by = pathText(entry.path);
    for (const { setting, path, beside = [] } of entry.integration.files?.(settings.value) ?? []) {
      const main = resolve(source.dir, path);
      if (identityOf(main) === undefined) continue;
      const says = `writes to the same file as ${pathText([...entry.path, setting])}: give each a file of its own`;
      const places = [main, ...beside.map((end) => main + end)];
      const clash = places.map(takenBy).find((other) => other !== undefined && other.by !== by);
      if (clash) notes.problem([...entry.path, setting], clash.says);
      for (const place of places) take(place, { by, says });
    }
  }

  function take(path: string, by: Taken): void {
    const key = identityOf(path);
    if (key !== undefined && !taken.has(key)) taken.set(key, by);
  }

  function takenBy(path: string): Taken | undefined {
    const key = identityOf(path);
    if (key === undefined) return undefined;
    return taken.get(key) ?? (identityOf(dirname(path)) === identityOf(runs) ? ownMemory('runs') : undefined);
  }
}

/** Values of the config are in no message. */
function ownMemory(name: string): Taken {
  return { by: 'run.stateDir', says: `is ${name} in run.stateDir, kpi's own memory: name another file` };
}

const mostLinks = 40;

/**
 * The same text for the same file, whatever way leads to it: links, hard links, `..`; also for one that is not there yet. Undefined for
 * devices and pipes, which several may write to, and for what is no path.
 */
function identityOf(path: string, links = mostLinks): string | undefined {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found) return found.isFile() || found.isDirectory() ? `${found.dev}:${found.ino}` : undefined;
    if (links > 0 && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
      return identityOf(resolve(dirname(path), readlinkSync(path)), links - 1);
    }
  } catch {
    // It may not be looked at: its name has to do.
    if (path.includes('\0')) return undefined;
  }
  const folder = dirname(path);
  return folder === path ? path : `${identityOf(folder, links) ?? folder}/${basename(path)}`;
}
