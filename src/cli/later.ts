/** Commands whose names are taken, and that this version does not have yet. */
export const laterCommands: readonly string[] = ['export', 'import', 'report', 'serve', 'test', 'work'];

/** Flags of a command whose names are taken, and that this version does not have yet. */
export const laterFlags: Readonly<Record<string, readonly string[]>> = {
  collect: ['--shard'],
};
