import type { RunReport } from '../sdk/report.ts';
import type { ErrorReport } from './json.ts';
import { type Owner, type ProblemGroup, problemsByOwner } from './problems.ts';
import { count, plain } from './text.ts';

/** GitHub shows so many of each kind a step. https://docs.github.com/en/actions/reference/limits */
const mostAnnotations = 10;
const longest = 1000;
const placesShown = 3;

type Level = 'error' | 'warning';

/** The problems as `::error` lines and the notices as `::warning` lines, at most 10 of each: what is more is counted in the last. */
export function annotations(report: RunReport): readonly string[] {
  const owners = problemsByOwner(report, Number.POSITIVE_INFINITY);
  const all = owners.flatMap((owner) => owner.groups.map((group) => ({ owner, group })));
  const total = (severity: 'errors' | 'notices') => owners.reduce((sum, owner) => sum + owner[severity], 0);
  const of = (level: Level, severity: ProblemGroup['severity']) =>
    lines(
      level,
      all.filter(({ group }) => group.severity === severity).map(({ owner, group }) => said(owner, group)),
      total(severity === 'error' ? 'errors' : 'notices'),
    );
  return [...of('error', 'error'), ...of('warning', 'notice')];
}

/** Why nothing was started, or what broke, as `::error` lines. */
export function failureAnnotations({ error }: ErrorReport): readonly string[] {
  const problems = error.problems.filter((problem) => !error.message.includes(problem.message));
  const told = [{ title: 'kpi', message: error.message, problems: 1 }];
  for (const { path, message } of problems) told.push({ title: 'kpi', message: `${path}: ${message}`, problems: 1 });
  return lines('error', told, told.length);
}

/** Tells the runner to hide a value in all that this job writes from now on. */
export function maskCommand(secret: string): string {
  return `::add-mask::${data(secret)}`;
}

/** Marks one thing that is wrong. */
export function errorCommand(title: string, message: string): string {
  return lines('error', [{ title, message, problems: 1 }], 1).join('');
}

interface Said {
  readonly title: string;
  readonly message: string;
  /** How many problems it tells of. */
  readonly problems: number;
}

function said({ name, status }: Owner, { where, message, kind }: ProblemGroup): Said {
  const more = where.length - placesShown;
  const places = where.slice(0, placesShown).join(', ') + (more > 0 ? ` and ${count(more)} more` : '');
  return {
    title: `kpi ${name}${status === '' ? '' : `: ${status}`}`,
    message: `${places === '' ? '' : `${places}: `}${message} (${kind})`,
    problems: Math.max(1, where.length),
  };
}

function lines(level: Level, told: readonly Said[], total: number): readonly string[] {
  const whole = total <= told.reduce((sum, one) => sum + one.problems, 0) && told.length <= mostAnnotations;
  const shown = whole ? told : told.slice(0, mostAnnotations - 1);
  const left = total - shown.reduce((sum, one) => sum + one.problems, 0);
  const rest = whole ? [] : [{ title: 'kpi', message: `${count(left)} more: see the summary of this job, or the report` }];
  return [...shown, ...rest].map(({ title, message }) => `::${level} title=${property(cut(title))}::${data(cut(message))}`);
}

function cut(text: string): string {
  const shown = plain(text);
  return shown.length > longest ? `${shown.slice(0, longest).toWellFormed()}…` : shown;
}

/** https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/**
 * Text that is no command to GitHub's runner, which takes one from a line's beginning (`::name::`, behind any blanks) and, in its old
 * spelling, from anywhere in it (`##[name]`). What is JSON stays the same JSON.
 */
export function harmless(text: string): string {
  return text.replaceAll(/^(\s*):(?=:)/gm, '$1\\:').replaceAll('##[', '##\\u005b');
}
