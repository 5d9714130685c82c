import type { Problem, RunReport } from '../sdk/report.ts';

/** Problems that say the same of one provider or sink. */
export interface ProblemGroup {
  readonly severity: Problem['severity'];
  readonly kind: Problem['kind'];
  readonly message: string;
  /** Targets and items, `target › item`, but for an item that the message names; empty where it concerns the whole. */
  readonly where: readonly string[];
}

export interface Owner {
  /** `github`, `sink local`, `run`. */
  readonly name: string;
  /** Of the provider or sink; empty for the run itself. */
  readonly status: string;
  readonly errors: number;
  readonly notices: number;
  readonly groups: readonly ProblemGroup[];
  /** Problems that are in none of the groups. */
  readonly more: number;
}

const worstFirst = ['failed', 'blocked', 'partial', 'pending', 'skipped', 'interrupted', 'ok'];

/** Who had problems, the worst first; of each at most `most` groups, errors before notices. */
export function problemsByOwner(report: RunReport, most: number): readonly Owner[] {
  const owners = [
    owner('run', '', report.problems, report.problems.length, most),
    ...report.providers.map((one) => owner(one.name, one.status, one.problems, one.problemCount, most)),
    ...report.sinks.map((one) => owner(`sink ${one.name}`, one.status, one.problems, one.problemCount, most)),
  ];
  return owners.filter((one) => one.groups.length > 0 || one.more > 0).sort((a, b) => rank(a) - rank(b));
}

function rank(one: Owner): number {
  return one.errors === 0 ? worstFirst.length : worstFirst.indexOf(one.status);
}

function owner(name: string, status: string, problems: readonly Problem[], total: number, most: number): Owner {
  const groups = grouped(problems);
  const shown = groups.slice(0, most);
  const told = shown.reduce((sum, group) => sum + Math.max(1, group.where.length), 0);
  return {
    name,
    status,
    errors: problems.filter((problem) => problem.severity === 'error').length,
    notices: problems.filter((problem) => problem.severity === 'notice').length,
    groups: shown,
    more: Math.max(0, Math.max(total, problems.length) - told),
  };
}

function grouped(problems: readonly Problem[]): readonly ProblemGroup[] {
  const groups = new Map<string, ProblemGroup & { readonly where: string[] }>();
  for (const problem of [...problems].sort((a, b) => severityRank(a) - severityRank(b))) {
    const item = problem.item !== undefined && names(problem.message, problem.item) ? undefined : problem.item;
    const parts = [problem.target, item].filter((part) => part !== undefined && part !== '');
    const where = [...new Set(parts)].join(' › ');
    const key = JSON.stringify([problem.severity, problem.kind, problem.message, where === '']);
    const group = groups.get(key);
    if (group && where !== '') group.where.push(where);
    else if (!group) groups.set(key, { ...problem, where: where === '' ? [] : [where] });
  }
  return [...groups.values()];
}

/** Whether a message has the name in it, and not just as a part of another. */
function names(message: string, item: string): boolean {
  for (let at = message.indexOf(item); item !== '' && at !== -1; at = message.indexOf(item, at + 1)) {
    if (!/[\p{L}\p{N}_/.-]$/u.test(message.slice(0, at)) && !/^\.?[\p{L}\p{N}_/-]/u.test(message.slice(at + item.length))) return true;
  }
  return false;
}

function severityRank(problem: Problem): number {
  return problem.severity === 'error' ? 0 : 1;
}
