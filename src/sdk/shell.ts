/** A word as it is typed into a shell: as it stands where it is plain, else between quotation marks. For commands in messages. */
export function inShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
