import { existsSync, readFileSync } from 'node:fs';

/** oclif.manifest.json: what the build knows of the commands, so that only the one that runs is loaded. */
export interface Manifest {
  readonly version: string;
  /** By id: `db:init`. */
  readonly commands: Readonly<Record<string, unknown>>;
  /** Help pages by the words that ask for them: empty, `db`, `db init`. */
  readonly help: Readonly<Record<string, string>>;
}

/** Stands for the version in a help page. */
export const versionMark = '<version>';

/** Undefined where the build did not write it, or for another version. */
export function readManifest(file: string, version: string): Manifest | undefined {
  if (!existsSync(file)) return undefined;
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  return manifest.version === version && manifest.help !== undefined ? manifest : undefined;
}
