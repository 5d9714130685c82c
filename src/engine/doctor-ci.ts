import { readFile } from 'node:fs/promises';
import { messageOf } from '../sdk/errors.ts';
import { inShell } from '../sdk/shell.ts';
import type { Found } from './doctor-findings.ts';
import type { Door } from './http.ts';
import type { Outside } from './outside.ts';

export interface CiOptions {
  readonly outside: Outside;
  readonly door: Door;
  readonly offline: boolean;
  readonly signal: AbortSignal;
}

/** What is asked of the repository; of GitHub's answer only what is used. https://docs.github.com/en/rest/repos/repos#get-a-repository */
interface Repository {
  readonly pushed_at?: string | number;
  readonly private?: boolean;
}

/** https://docs.github.com/en/actions/how-tos/manage-workflow-runs/disable-and-enable-workflows */
const switchOffDays = 60;
const warnDays = 45;
const dayMs = 86_400_000;
const unknownPush = 'the last push is not known: pass KPI_STATE_TOKEN: ${{ github.token }} to this step';

/** What the surroundings of a scheduled workflow at GitHub would do to it. */
export async function* ciFound(options: CiOptions): AsyncGenerator<Found> {
  const { env } = options.outside;
  if (env.GITHUB_ACTIONS !== 'true') {
    yield { check: 'context', status: 'ok', message: env.CI ? 'another CI than GitHub Actions: nothing to check' : 'not in CI' };
    return;
  }
  yield { check: 'context', status: 'ok', message: `GitHub Actions, ${env.GITHUB_REPOSITORY ?? 'a repository without a name'}` };
  yield switchFound(env.KPI_ENABLED);
  yield scheduleFound(await repositoryOf(options), env.GITHUB_WORKFLOW_REF, options.outside.clock.now());
  yield await permissionsFound(options);
}

function switchFound(value: string | undefined): Found {
  const check = 'switch';
  if (value === undefined)
    return { check, status: 'skipped', message: 'whether KPI_ENABLED is set is not told: pass KPI_ENABLED: ${{ vars.KPI_ENABLED }}' };
  if (value === 'true') return { check, status: 'ok', message: 'the variable KPI_ENABLED is true' };
  const message = 'the repository variable KPI_ENABLED is not "true": the scheduled workflow does nothing';
  return { check, status: 'warning', message, mend: 'gh variable set KPI_ENABLED --body true' };
}

/** A public repository's schedules end, without a word, when nothing happened in it for 60 days. */
function scheduleFound(repository: Repository | string, workflowRef: string | undefined, now: Date): Found {
  const check = 'schedule';
  if (typeof repository === 'string') return { check, status: 'skipped', message: repository };
  if (repository.private === true) return { check, status: 'ok', message: 'the repository is private: its schedules are not switched off' };
  const pushed = timeOf(repository.pushed_at);
  if (pushed === undefined) return { check, status: 'skipped', message: unknownPush };
  const days = Math.floor((now.getTime() - pushed) / dayMs);
  const message = `the last push was ${days} ${days === 1 ? 'day' : 'days'} ago; schedules end after ${switchOffDays} days without activity`;
  if (days < warnDays) return { check, status: 'ok', message };
  return { check, status: 'warning', message, mend: `push a commit, or switch it on again: ${enableCommand(workflowRef)}` };
}

/**
 * `octo/hello/.github/workflows/kpi.yml@refs/heads/main` names the workflow that was started, whatever others it calls; without a name gh asks
 * for one. https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
 */
function enableCommand(workflowRef = ''): string {
  const [, file] = /\/\.github\/workflows\/([^/@]+)@/.exec(workflowRef) ?? [];
  return file === undefined ? 'gh workflow enable' : `gh workflow enable ${inShell(file)}`;
}

/** In some events it is in Unix seconds. https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
function timeOf(pushed: string | number | undefined): number | undefined {
  const time = typeof pushed === 'number' ? pushed * 1000 : Date.parse(pushed ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** From the event's file, or else from GitHub; in words, why it is not known. */
async function repositoryOf(options: CiOptions): Promise<Repository | string> {
  const { env } = options.outside;
  const event = await eventOf(env.GITHUB_EVENT_PATH);
  if (event?.repository?.pushed_at !== undefined) return event.repository;
  if (options.offline) return 'not asked offline';
  if (!env.KPI_STATE_TOKEN || !env.GITHUB_REPOSITORY) return unknownPush;
  try {
    const response = await ask(options, '');
    if (!response.ok) return `the last push is not known: GitHub answered ${response.status}`;
    const answer: unknown = await response.json();
    return typeof answer === 'object' && answer !== null ? answer : unknownPush;
  } catch (error) {
    return `the last push is not known: ${messageOf(error)}`;
  }
}

async function eventOf(path: string | undefined): Promise<{ readonly repository?: Repository } | undefined> {
  try {
    return path === undefined ? undefined : JSON.parse(await readFile(path, 'utf8'));
  } catch {
    // A step in a container may have the variable and not the file.
    return undefined;
  }
}

/**
 * Asks for a branch to be made at a commit that there cannot be: who may write is told that it is wrong (422), and who may not, that he
 * may not (403, or 404). Nothing is changed. https://docs.github.com/en/rest/git/refs#create-a-reference
 */
async function permissionsFound(options: CiOptions): Promise<Found> {
  const check = 'permissions';
  const { env } = options.outside;
  if (options.offline) return { check, status: 'skipped', message: 'not asked offline' };
  if (!env.KPI_STATE_TOKEN || !env.GITHUB_REPOSITORY) {
    const message = 'whether the state branch may be written to is not known: pass KPI_STATE_TOKEN: ${{ github.token }} to this step';
    return { check, status: 'skipped', message };
  }
  const mend = 'permissions: { contents: write } on the job that keeps the state in the branch kpi-data';
  try {
    const body = JSON.stringify({ ref: 'refs/heads/kpi-doctor', sha: '0'.repeat(40) });
    const { status } = await ask(options, '/git/refs', { method: 'POST', body });
    if (status === 422) return { check, status: 'ok', message: 'KPI_STATE_TOKEN may write contents' };
    if (status === 403 || status === 404) return { check, status: 'warning', message: 'KPI_STATE_TOKEN may not write contents', mend };
    if (status === 401)
      return { check, status: 'warning', message: 'KPI_STATE_TOKEN is not accepted', mend: 'KPI_STATE_TOKEN: ${{ github.token }}' };
    return { check, status: 'skipped', message: `what the token may do is not known: GitHub answered ${status}` };
  } catch (error) {
    return { check, status: 'skipped', message: `what the token may do is not known: ${messageOf(error)}` };
  }
}

/**
 * With the token that is meant for this alone. `GITHUB_TOKEN` is what a config may send to another server, and another one than that which
 * the state branch is written with.
 */
function ask({ outside, door, signal }: CiOptions, path: string, init: RequestInit = {}): Promise<Response> {
  const { env } = outside;
  const api = env.GITHUB_API_URL || 'https://api.github.com';
  const headers = { accept: 'application/vnd.github+json', authorization: `Bearer ${env.KPI_STATE_TOKEN}` };
  return door.fetch(`${api}/repos/${env.GITHUB_REPOSITORY}${path}`, { ...init, headers, signal });
}
