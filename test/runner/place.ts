import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** A folder that stands in for GitHub: bare repositories, and nothing between two runs but what is in them. */
export interface GitServer extends Disposable {
  readonly dir: string;
  /** `file://`, as a runner has it in `GITHUB_SERVER_URL`. */
  readonly url: string;
  readonly repository: string;
  /** Asks git in the bare repository. */
  git(...args: readonly string[]): string;
  /** A folder nobody has used yet. */
  newFolder(): string;
  /** A fresh clone in this folder, as actions/checkout makes it. */
  clone(workspace: string): void;
}

/** Makes a repository with these files as its only commit. */
export function startGitServer(files: Readonly<Record<string, string>>): GitServer {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-runner-'));
  const repository = 'acme/metrics';
  const bare = join(dir, repository);
  const source = join(dir, 'source');
  const url = `file://${dir}`;
  let folders = 0;
  const git = (cwd: string, args: readonly string[]) => gitIn(cwd, args, dir);
  git(dir, ['init', '--quiet', '--bare', '--initial-branch=main', bare]);
  git(dir, ['init', '--quiet', '--initial-branch=main', source]);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(source, file)), { recursive: true });
    writeFileSync(join(source, file), content);
  }
  git(source, ['add', '--all']);
  git(source, ['commit', '--quiet', '--message=The config']);
  git(source, ['push', '--quiet', bare, 'main']);
  return {
    dir,
    url,
    repository,
    git: (...args) => git(bare, args),
    newFolder() {
      folders += 1;
      const folder = join(dir, `machine-${folders}`);
      mkdirSync(folder);
      return folder;
    },
    clone: (workspace) => void git(dir, ['clone', '--quiet', '--depth=1', `${url}/${repository}`, workspace]),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Puts the action, with all that it needs, into a folder: what a checkout of this repository has, once `npm ci` has run there. */
export function placeAction(folder: string): void {
  for (const name of ['action.yml', 'bin', 'node_modules', 'package.json', 'scripts', 'src'])
    symlinkSync(join(root, name), join(folder, name));
}

/** Runs git with a configuration that nobody has touched. */
export function gitIn(cwd: string, args: readonly string[], home: string): string {
  const who = ['-c', 'user.name=somebody', '-c', 'user.email=somebody@example.com'];
  return execFileSync('git', [...who, ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
