import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Contexts, filled, isWanted } from './expression.ts';

/** What a runner of GitHub's does with the steps of a job: their scripts run here, on this machine, with the variables it would set. */
export interface JobOptions {
  /** Makes the workspace ready, as actions/checkout does. */
  readonly checkout: (workspace: string) => void;
  /** The runner's own folder, which nobody else has. */
  readonly dir: string;
  /** Where GitHub is: `https://github.com` for others, a folder with bare repositories here. */
  readonly server: string;
  readonly repository: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Besides the runner's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where composite actions are, by what `uses:` says before the `@`. */
  readonly actions?: Readonly<Record<string, string>>;
  /** Is given the process of each script, with the id of its step. */
  readonly started?: (step: string, child: ChildProcess) => void;
  /** Is called after each script that has an id. */
  readonly ended?: (step: string, workspace: string) => void;
}

export interface JobResult {
  readonly conclusion: 'success' | 'failure' | 'skipped';
  /** All that the scripts wrote, workflow commands included. */
  readonly log: string;
  /** All that the scripts wrote for the page of the run. */
  readonly summary: string;
  /** The exit codes of the scripts, by the ids of their steps; `SIGKILL` becomes 137, as bash says it. */
  readonly codes: Readonly<Record<string, number>>;
  /** Of the steps of the job itself. */
  readonly steps: Readonly<Record<string, StepState>>;
  /** The folders that were uploaded. */
  readonly artifacts: readonly string[];
  /** Actions that stood there and were not needed, or that this runner only notes. */
  readonly used: readonly string[];
  readonly workspace: string;
}

interface StepState {
  readonly outcome: 'success' | 'failure' | 'skipped';
  readonly outputs: Readonly<Record<string, string>>;
}

interface Step {
  readonly id?: string;
  readonly if?: unknown;
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly 'working-directory'?: string;
}

interface Scope {
  readonly steps: readonly Step[];
  readonly contexts: Contexts;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs one job of a workflow, given as YAML. */
export async function runJob(workflow: string, name: string, options: JobOptions): Promise<JobResult> {
  const job = parse(workflow).jobs[name];
  const { dir, server, repository, inputs = {}, vars = {}, secrets = {} } = options;
  const workspace = join(dir, 'workspace');
  const temp = join(dir, 'temp');
  const codes: Record<string, number> = {};
  const artifacts: string[] = [];
  const used: string[] = [];
  let log = '';
  let summary = '';
  let scripts = 0;
  for (const folder of [workspace, temp]) mkdirSync(folder, { recursive: true });
  const github = { token: 'the-token-of-the-job', job: name, repository, server_url: server, run_attempt: '1' };
  const runner = { temp, os: 'Linux' };
  const contexts: Contexts = { github, runner, inputs, vars, secrets, env: {}, job: {}, steps: {} };
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_JOB: name,
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: '1',
    GITHUB_SERVER_URL: server,
    GITHUB_WORKSPACE: workspace,
    RUNNER_TEMP: temp,
    ...options.env,
  };

  async function runSteps(scope: Scope): Promise<{ readonly failed: boolean; readonly steps: Record<string, StepState> }> {
    const steps: Record<string, StepState> = {};
    let failed = false;
    for (const step of scope.steps) {
      const known = { ...scope.contexts, steps };
      const state: StepState = isWanted(step.if, known, { failed })
        ? await runStep(step, { ...scope, contexts: known })
        : { outcome: 'skipped', outputs: {} };
      if (step.id !== undefined) steps[step.id] = state;
      failed ||= state.outcome === 'failure';
    }
    return { failed, steps };
  }

  async function runStep(step: Step, { contexts: known, env: outer }: Scope): Promise<StepState> {
    const all = { ...outer, ...valuesOf(step.env, known) };
    if (step.run !== undefined) return runScript(step, known, all);
    const [action = ''] = step.uses?.split('@') ?? [];
    const given = valuesOf(step.with, known);
    const folder = action === './' ? workspace : options.actions?.[action];
    if (folder !== undefined) return runAction(folder, given, known, all);
    used.push(action);
    if (action === 'actions/checkout') options.checkout(workspace);
    if (action === 'actions/upload-artifact') artifacts.push(given.path ?? '');
    return { outcome: 'success', outputs: {} };
  }

  async function runAction(folder: string, given: Readonly<Record<string, string>>, known: Contexts, outer: Record<string, string>) {
    const action = parse(readFileSync(join(folder, 'action.yml'), 'utf8'));
    const defaults = Object.entries<{ default?: unknown }>(action.inputs).map(([name, input]) => [name, filled(input.default, known)]);
    for (const name of Object.keys(given)) if (!(name in action.inputs)) throw new Error(`the action has no input ${name}`);
    const scope = { github: known.github, runner, job: {}, inputs: { ...Object.fromEntries(defaults), ...given } };
    const { failed, steps } = await runSteps({
      steps: action.runs.steps,
      contexts: { ...scope, env: outer, steps: {} },
      env: { ...outer, GITHUB_ACTION_PATH: folder },
    });
    const outputs = valuesOf(
      Object.fromEntries(Object.entries<{ value: string }>(action.outputs).map(([name, { value }]) => [name, value])),
      { ...scope, steps },
    );
    return { outcome: failed ? 'failure' : 'success', outputs } as const;
  }

  async function runScript(step: Step, known: Contexts, all: Readonly<Record<string, string>>): Promise<StepState> {
    const file = (kind: string) => join(temp, `${kind}-${scripts}`);
    scripts += 1;
    writeFileSync(file('script'), filled(step.run, known));
    for (const kind of ['output', 'summary', 'environment']) writeFileSync(file(kind), '');
    const files = { GITHUB_OUTPUT: file('output'), GITHUB_STEP_SUMMARY: file('summary'), GITHUB_ENV: file('environment') };
    const child = spawn('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', file('script')], {
      cwd: join(workspace, filled(step['working-directory'], known)),
      env: { ...all, ...files },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (log += text));
    if (step.id !== undefined) options.started?.(step.id, child);
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (exit, signal) => resolve(signal === 'SIGKILL' ? 137 : (exit ?? 1)));
    });
    summary += readFileSync(file('summary'), 'utf8');
    if (step.id !== undefined) {
      codes[step.id] = code;
      options.ended?.(step.id, workspace);
    }
    return { outcome: code === 0 ? 'success' : 'failure', outputs: outputsIn(file('output')) };
  }

  if (!isWanted(job.if, contexts, { failed: false })) {
    return { conclusion: 'skipped', log, summary, codes, steps: {}, artifacts, used, workspace };
  }
  const { failed, steps } = await runSteps({ steps: job.steps, contexts, env: { ...env, ...valuesOf(job.env, contexts) } });
  return { conclusion: failed ? 'failure' : 'success', log, summary, codes, steps, artifacts, used, workspace };
}

function valuesOf(values: Readonly<Record<string, unknown>> | undefined, contexts: Contexts): Record<string, string> {
  return Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, filled(value, contexts)]));
}

/** `name=value`, or several lines between `name<<word` and `word`. */
function outputsIn(file: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  if (!existsSync(file)) return outputs;
  for (const [, one, value, name, , lines] of readFileSync(file, 'utf8').matchAll(/^([\w-]+)=(.*)$|^([\w-]+)<<(.+)\n([\s\S]*?)\n\4$/gm)) {
    outputs[one ?? name ?? ''] = value ?? lines ?? '';
  }
  return outputs;
}
