import type { Env } from './config/env.ts';

/** What a program needs to find others, its user's files, its words and its time. https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html */
const names = new Set(['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR']);
/** The same in Windows, where the case of a name does not matter. */
const windowsNames = new Set(['PATH', 'PATHEXT', 'SYSTEMROOT', 'COMSPEC', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'TEMP', 'TMP']);

/** The part of the environment that every program may see: no secret of the run is in it. */
export function programEnv(env: Env): Readonly<Record<string, string>> {
  const seen: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const isSeen = names.has(name) || name.startsWith('LC_') || windowsNames.has(name.toUpperCase());
    if (value !== undefined && isSeen) seen[name] = value;
  }
  return seen;
}
