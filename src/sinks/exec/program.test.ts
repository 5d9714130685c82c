import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PermanentError, Secret } from '../../sdk/index.ts';
import { createSinkContext } from '../../testing/sink-context.ts';
import { findProgram } from './program.ts';
import { Settings } from './settings.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-exec-'));
  for (const folder of ['first', 'second']) mkdirSync(join(dir, folder));
  mkdirSync(join(dir, 'first', 'folder'));
  writeFileSync(join(dir, 'first', 'plain'), '');
  for (const file of ['first/store', 'second/store', 'second/plain', 'mine']) writeFileSync(join(dir, file), '', { mode: 0o755 });
});
afterEach(() => rmSync(dir, { recursive: true }));

function find(command: readonly string[], more: Partial<Settings> = {}) {
  const PATH = ['', join(dir, 'none'), join(dir, 'mine'), join(dir, 'first'), 'second'].join(':');
  return findProgram({ ...Settings.parse({ command }), ...more }, createSinkContext({ measurements: [], dir, programEnv: { PATH } }));
}

describe('findProgram', () => {
  it('looks in the folders of PATH, and with a slash beside the config', () => {
    expect(find(['store', 'a', '']).path).toBe(join(dir, 'first', 'store'));
    expect(find(['./mine'])).toMatchObject({ name: './mine', path: join(dir, 'mine'), parameters: [], dir });
    expect(find([join(dir, 'second/store')]).path).toBe(join(dir, 'second', 'store'));
    // One that may not be run hides none that may.
    expect(find(['plain']).path).toBe(join(dir, 'second', 'plain'));
    expect(find(['store'], { env: { PATH: join(dir, 'second') } }).path).toBe(join(dir, 'second', 'store'));
  });

  it.each([
    ['nobody', 'there is no program nobody in any folder of PATH: check "command"'],
    ['folder', 'there is no program folder in any folder of PATH'],
    ['./nobody', 'there is no program ./nobody at DIR/nobody: check "command"'],
    ['./first', 'there is no program ./first at DIR/first'],
    ['./mine/x', 'there is no program ./mine/x at DIR/mine/x'],
    ['./first/plain', 'the program ./first/plain may not be run: make it executable (chmod +x DIR/first/plain)'],
  ])('says what is wrong with %s', (name, message) => {
    expect(() => find([name])).toThrow(PermanentError);
    expect(() => find([name])).toThrow(message.replaceAll('DIR', dir));
  });

  it('names no secret that cannot be given', () => {
    chmodSync(join(dir, 'mine'), 0o755);
    const failing = () => find(['./mine'], { secrets: { TOKEN: new Secret('hush\0hush') } });
    expect(failing).toThrow('the secret TOKEN has a character NUL, which no variable can hold: check "secrets"');
    expect(failing).not.toThrow(/hush/);
  });
});
