import { openPty } from '../../src/testing/pty.ts';
import { program } from './place.ts';

/** A program on a pseudo-terminal of 100 columns and 30 lines. */
export interface Terminal {
  /** As if somebody typed it; `\x03` is Ctrl-C. */
  type(keys: string): void;
  /** Resolves when the terminal has been sent this, colours and the like aside. Rejects where the program ends before. */
  shows(text: string): Promise<void>;
  /** The exit code (128 and the number of the signal that ended it), and everything that was sent to the terminal. */
  readonly ended: Promise<{ readonly code: number | null; readonly sent: string }>;
}

/** Runs `kpi` on a terminal. `redirect`: what the shell does with its streams, such as `> out.txt`. */
export function onTerminal(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>>; readonly redirect?: string },
): Terminal {
  const pty = openPty([process.execPath, program, ...args], { ...options, columns: 100, rows: 30 });
  return {
    type: pty.type,
    shows: (text) => pty.until(() => bare(pty.sent()).includes(text), `it showed ${JSON.stringify(text)}`),
    ended: pty.ended.then((code) => ({ code, sent: pty.sent() })),
  };
}

/** What was sent, without what moves, colours or clears. */
export function bare(sent: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's commands begin with one
  return sent.replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\r', '');
}

/** Whether text was coloured or set in bold. */
export function isStyled(sent: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's commands begin with one
  return /\x1b\[[0-9;]*m/.test(sent);
}

/** What is to be seen in the end: the last lines, after all that was drawn anew. Knows what kpi sends, and throws at anything else. */
export function screenOf(sent: string): string {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's commands begin with one
  for (const [part] of sent.matchAll(/\x1b\[[0-9;?]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+/g)) {
    const command = part.startsWith('\x1b[') ? part.at(-1) : undefined;
    const count = Number(part.slice(2, -1)) || 1;
    if (part === '\r') column = 0;
    else if (part === '\n') {
      row += 1;
      lines[row] ??= '';
    } else if (command === undefined) {
      const line = (lines[row] ?? '').padEnd(column);
      lines[row] = line.slice(0, column) + part + line.slice(column + part.length);
      column += part.length;
    } else if (command === 'A') row = Math.max(0, row - count);
    else if (command === 'B') row = Math.min(lines.length - 1, row + count);
    else if (command === 'G') column = count - 1;
    else if (command === 'K') lines[row] = part === '\x1b[2K' ? '' : (lines[row] ?? '').slice(0, column);
    else if (command === 'J') {
      lines.length = row + 1;
      lines[row] = (lines[row] ?? '').slice(0, column);
    } else if (!['m', 'h', 'l'].includes(command)) throw new Error(`a terminal's command that is not known: ${JSON.stringify(part)}`);
  }
  return lines.join('\n');
}
