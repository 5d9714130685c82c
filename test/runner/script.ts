import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GitServer, root } from './place.ts';

interface ScriptResult {
  readonly code: number;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** A runner of its own with a fresh clone, in which scripts of the action are run one by one. */
export interface ScriptRunner {
  readonly workspace: string;
  restore(env?: Readonly<Record<string, string>>): Promise<ScriptResult>;
  /** Goes on from what `restore` gave last. */
  save(env?: Readonly<Record<string, string>>): Promise<ScriptResult>;
  run(script: string, env?: Readonly<Record<string, string>>): Promise<ScriptResult>;
  /** Lets a program of this name be found before the machine's own; `$REAL` is the one it hides. */
  hide(name: string, script: string): void;
}

export const token = 'ghs_a-token-of-the-runner';

export function newRunner(server: GitServer): ScriptRunner {
  const dir = server.newFolder();
  const workspace = join(dir, 'workspace');
  const temp = join(dir, 'temp');
  const hidden = join(dir, 'hidden');
  let restored: Readonly<Record<string, string>> = {};
  let scripts = 0;
  for (const folder of [temp, hidden]) mkdirSync(folder);
  server.clone(workspace);

  function run(script: string, env: Readonly<Record<string, string>> = {}): Promise<ScriptResult> {
    scripts += 1;
    const output = join(temp, `output-${scripts}`);
    writeFileSync(output, '');
    const all = {
      PATH: `${hidden}:${process.env.PATH}`,
      HOME: dir,
      GITHUB_ACTION_PATH: root,
      GITHUB_OUTPUT: output,
      GITHUB_REPOSITORY: server.repository,
      GITHUB_RUN_ID: '1',
      GITHUB_SERVER_URL: server.url,
      RUNNER_TEMP: temp,
      INPUT_STATE_BRANCH: 'kpi-data',
      INPUT_STATE_FILES: 'kpi.db\n.kpi\n',
      INPUT_TOKEN: token,
      ...env,
    };
    return new Promise((resolve) => {
      execFile(join(root, 'scripts/action', script), { cwd: workspace, env: all, encoding: 'utf8' }, (error, stdout, stderr) => {
        const outputs = Object.fromEntries(
          readFileSync(output, 'utf8')
            .split('\n')
            .filter(Boolean)
            .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
        );
        // The runner hides what it is asked to mask, and does not show the asking.
        const log = `${stdout}${stderr}`.replace(/^::add-mask::.*\n/gm, '');
        resolve({ code: error ? Number(error.code ?? 1) : 0, log, outputs });
      });
    });
  }

  return {
    workspace,
    run,
    async restore(env) {
      const result = await run('restore.sh', env);
      restored = { RESTORED_STORE: result.outputs.store ?? '', RESTORED_BASE: result.outputs.base ?? '' };
      return result;
    },
    save: (env) => run('save.sh', { ...restored, ...env }),
    hide(name, script) {
      const file = join(hidden, name);
      writeFileSync(file, `#!/usr/bin/env bash\nREAL() { PATH=\${PATH#*:} command ${name} "$@"; }\n${script}\n`);
      chmodSync(file, 0o755);
    },
  };
}
