import { spawn, spawnSync } from 'node:child_process';
import xterm from '@xterm/headless';

/** A program on a terminal of its own, and a person before it. */
export interface Pty extends AsyncDisposable {
  /** As if somebody typed it; `\r` is Enter, `\x03` Ctrl-C. */
  type(keys: string): void;
  /** Resolves to the screen as soon as it shows this. Rejects, with the screen, where the program ends before, or it takes too long. */
  shows(text: string): Promise<string>;
  /** The same of anything, which is asked after all that is sent. */
  until(holds: () => boolean, what: string): Promise<void>;
  /** The lines that are to be seen, without blanks at their ends. */
  screen(): string;
  /** And those that have left it above. */
  history(): string;
  /** Everything that was sent to the terminal. */
  sent(): string;
  /** The exit code; 128 and the number of the signal that ended it. */
  readonly ended: Promise<number | null>;
}

export interface PtyOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  readonly rows?: number;
  /** What the shell does with its streams, such as `> out.txt`. */
  readonly redirect?: string;
}

/** `script` of util-linux gives a program a terminal: https://man7.org/linux/man-pages/man1/script.1.html. Debian's bsdutils has it. */
export const hasPty = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

/** Longer than a program takes on a machine that has much else to do, and shorter than a test may take. */
const patienceMs = 25_000;

/** Runs a program on a pseudo-terminal, which xterm.js reads as a real one would. Of the environment it sees what a shell needs, and `env`. */
export function openPty(command: readonly string[], { cwd, env = {}, columns = 80, rows = 24, redirect = '' }: PtyOptions): Pty {
  const { PATH = '', HOME = '' } = process.env;
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const line = `stty cols ${columns} rows ${rows}; exec ${words} ${redirect}`;
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', line, '/dev/null'], {
    cwd,
    env: { PATH, HOME, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
  const watchers = new Set<() => void>();
  let sent = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    sent += text;
    terminal.write(text, () => {
      for (const look of watchers) look();
    });
  });
  // It may end while it is typed at.
  child.stdin.on('error', () => {});
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    // What was written last is to be seen, too.
    child.on('close', (code) => terminal.write('', () => resolve(code)));
  });

  function lines(from: number): string {
    const { active } = terminal.buffer;
    const all = Array.from({ length: active.length - from }, (_, index) => active.getLine(from + index)?.translateToString(true) ?? '');
    return all
      .map((one) => one.trimEnd())
      .join('\n')
      .trimEnd();
  }
  function until(holds: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      function look() {
        if (!holds()) return;
        watchers.delete(look);
        clearTimeout(timer);
        resolve();
      }
      const failed = (how: string) => reject(new Error(`${how} before ${what}:\n${lines(0)}`));
      const timer = setTimeout(() => failed(`${patienceMs / 1000} s went by`), patienceMs);
      ended.then((code) => {
        look();
        failed(`ended with ${code}`);
      }, reject);
      watchers.add(look);
      look();
    });
  }
  const screen = () => lines(terminal.buffer.active.baseY);
  return {
    type: (keys) => void child.stdin.write(keys),
    until,
    async shows(text) {
      await until(() => screen().includes(text), `it showed ${JSON.stringify(text)}`);
      return screen();
    },
    screen,
    history: () => lines(0),
    sent: () => sent,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      terminal.dispose();
    },
  };
}
