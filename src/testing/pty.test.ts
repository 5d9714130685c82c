import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { hasPty, openPty } from './pty.ts';

const cwd = tmpdir();

/** Without it these tests are not run: Debian has it in the package bsdutils, which every system has. */
describe.runIf(hasPty)('a program on a pseudo-terminal', () => {
  it('has a terminal of 80 columns and 24 lines, which keeps what has left it above', async () => {
    await using pty = openPty(['sh', '-c', 'test -t 0 && test -t 1 && test -t 2 && stty size; seq 1 30'], { cwd });
    expect(await pty.ended).toBe(0);
    expect(pty.history().split('\n').slice(0, 2)).toEqual(['24 80', '1']);
    expect(pty.screen().split('\n')[0]).toBe('8');
  });

  it('shows what is drawn over what was there', async () => {
    await using pty = openPty(['printf', 'first\\nsecond\\033[1A\\r\\033[2Kanother\\n'], { cwd });
    await pty.ended;
    expect(pty.screen()).toBe('another\nsecond');
  });

  it('is typed at when it asks, and told that it is interrupted', async () => {
    await using pty = openPty(['sh', '-c', 'printf "name? "; read name; echo "so it is $name"; sleep 60'], { cwd });
    await pty.shows('name?');
    pty.type("O'Hara\r");
    expect(await pty.shows('so it is')).toBe("name? O'Hara\nso it is O'Hara");
    pty.type('\u0003');
    expect(await pty.ended).toBe(130);
  });

  it('tells what was to be seen where it ends before it shows what is waited for', async () => {
    await using pty = openPty(['sh', '-c', 'echo something else; exit 3'], { cwd });
    await expect(pty.shows('what is waited for')).rejects.toThrow(/ended with 3 before it showed "what is waited for":\nsomething else/);
  });

  it('takes words as they are, and sends its output elsewhere where that is said', async () => {
    await using pty = openPty(['printf', '%s', "a 'b' $HOME"], { cwd, redirect: '> /dev/null' });
    await pty.ended;
    expect(pty.screen()).toBe('');
    await using shown = openPty(['printf', '%s', "a 'b' $HOME"], { cwd });
    await shown.ended;
    expect(shown.screen()).toBe("a 'b' $HOME");
  });
});
