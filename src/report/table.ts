import type { ProviderReport, RunReport, SinkReport } from '../sdk/report.ts';
import { changesText } from './changes.ts';
import { type Cell, grid, gridWidth, type Heading } from './grid.ts';
import { meaning } from './meaning.ts';
import { noPaint, type Paint, type Style } from './paint.ts';
import { type Owner, type ProblemGroup, problemsByOwner } from './problems.ts';
import { count, moment, plain, plural, took, truncate, wrap } from './text.ts';

export interface TableOptions {
  /** Of the terminal; default 80. */
  readonly columns?: number;
  readonly paint?: Paint;
  /** Where all problems are; default `.kpi/runs/<id>.ndjson`. */
  readonly details?: string;
}

const problemsShown = 10;
const placesShown = 3;
const toldLateMs = 300_000;

/** What a run did, for people. */
export function reportTable(report: RunReport, options: TableOptions = {}): string {
  const columns = options.columns ?? 80;
  const paint = options.paint ?? noPaint;
  // A dry run leaves no file of its problems.
  const details = report.dryRun ? '--json' : (options.details ?? `.kpi/runs/${report.runId}.ndjson`);
  const parts = [header(report, columns, paint)];
  if (report.providers.length > 0) parts.push(providerGrid(report.providers, columns, paint));
  if (report.sinks.length > 0) parts.push(sinkGrid(report.sinks, columns, paint));
  const remarks = [
    ...lateness(report),
    ...notDue(report),
    ...report.providers.flatMap((one) => providerRemarks(one, report)),
    ...report.sinks.flatMap(sinkRemarks),
  ];
  if (report.changes) parts.push(changesText(report.changes, columns, paint));
  if (remarks.length > 0) parts.push(remarks.map((remark) => hanging('', plain(remark), columns, 'dim', paint)).join(''));
  for (const owner of problemsByOwner(report, problemsShown)) parts.push(problemList(owner, details, columns, paint));
  return parts.join('\n');
}

function header(report: RunReport, columns: number, paint: Paint): string {
  const points = report.providers.reduce((sum, provider) => sum + provider.points, 0);
  const ms = Date.parse(report.finishedAt) - Date.parse(report.startedAt);
  const facts = [`at ${moment(report.at)}`, ...(report.dryRun ? ['dry run'] : []), plural(points, 'point'), took(ms)];
  if (report.window) facts.splice(1, 0, `${moment(report.window.from)} to ${moment(report.window.to)}`);
  const verdict = `${report.status.toUpperCase()}, exit ${report.exitCode}: `;
  const [first = '', ...rest] = wrap(verdict + meaning(report), columns);
  const lines = [paint(statusStyle(report.status), first.slice(0, verdict.length)) + first.slice(verdict.length), ...rest];
  return `${paint('bold', `Run ${plain(report.runId)}`)}  ${facts.join('  ')}\n${lines.join('\n')}\n`;
}

function providerGrid(providers: readonly ProviderReport[], columns: number, paint: Paint): string {
  const retried = providers.some((one) => one.retries > 0);
  const quotaTold = providers.some((one) => one.quota);
  function layout(nameColumns: number, spare: number) {
    const headings: Heading[] = [{ text: 'PROVIDER' }, { text: 'STATUS' }, ...right('TARGETS', 'POINTS', 'PROBLEMS', 'REQUESTS')];
    if (spare > 0 || retried) headings.push(...right('RETRIES'));
    headings.push(...right('TIME'));
    if (quotaTold) headings.push(...right('QUOTA'));
    const rows = providers.map((one) => {
      const row: Cell[] = [
        { text: truncate(plain(one.name), nameColumns), style: 'bold' },
        { text: one.status, style: statusStyle(one.status) },
        ...numbers(one.targets, one.points),
        { text: count(one.problemCount), style: one.problemCount > 0 ? 'yellow' : undefined },
        ...numbers(one.requests),
      ];
      if (spare > 0 || retried) row.push({ text: count(one.retries) });
      row.push({ text: took(one.ms) });
      if (quotaTold) row.push({ text: quotaText(one.quota, spare > 1) });
      return row;
    });
    return { headings, rows };
  }
  return fitted(layout, columns, paint);
}

function sinkGrid(sinks: readonly SinkReport[], columns: number, paint: Paint): string {
  function layout(nameColumns: number) {
    const headings: Heading[] = [
      { text: 'SINK' },
      { text: 'STATUS' },
      ...right('OFFERED', 'ACCEPTED', 'REJECTED', 'PENDING', 'LOST', 'BACKLOG', 'TIME'),
    ];
    const rows = sinks.map((one): Cell[] => [
      { text: truncate(plain(one.name), nameColumns), style: 'bold' },
      { text: one.status, style: statusStyle(one.status) },
      ...numbers(one.offered, one.accepted),
      { text: count(one.rejected), style: one.rejected > 0 ? 'yellow' : undefined },
      { text: count(one.pending), style: one.pending > 0 ? 'yellow' : undefined },
      { text: count(one.lost), style: one.lost > 0 ? 'red' : undefined },
      { text: count(one.backlog), style: one.backlog > 0 ? 'yellow' : undefined },
      { text: took(one.ms) },
    ]);
    return { headings, rows };
  }
  return fitted(layout, columns, paint);
}

/** With names of at most so many columns; `spare` 2: all there is, 1 and 0: less. */
type Layout = (
  nameColumns: number,
  spare: number,
) => { readonly headings: readonly Heading[]; readonly rows: readonly (readonly Cell[])[] };

/** The fullest layout that fits; names are shortened last. */
function fitted(layout: Layout, columns: number, paint: Paint): string {
  const tries = [...[2, 1, 0].map((spare) => layout(32, spare)), ...[24, 16, 12, 8].map((room) => layout(room, 0))];
  const { headings, rows } = tries.find((one) => gridWidth(one.headings, one.rows) <= columns) ?? layout(8, 0);
  return grid(headings, rows, { columns, paint });
}

function right(...texts: readonly string[]): Heading[] {
  return texts.map((text) => ({ text, align: 'right' }));
}

function numbers(...values: readonly number[]): Cell[] {
  return values.map((value) => ({ text: count(value) }));
}

function quotaText(quota: ProviderReport['quota'], withLimit: boolean): string {
  if (!quota) return '';
  return withLimit && quota.limit !== undefined ? `${count(quota.remaining)}/${count(quota.limit)}` : count(quota.remaining);
}

/** Of the run as a whole: each of its providers began with it. */
function lateness({ providers }: RunReport): string[] {
  const lateMs = Math.max(0, ...providers.map((one) => one.lateMs));
  return lateMs < toldLateMs ? [] : [`the run began ${took(lateMs)} after the start of its period`];
}

function notDue({ notDue: left = [] }: RunReport): string[] {
  return left.map(({ name, next }) => `${name}: not due before ${moment(next)}`);
}

function providerRemarks(one: ProviderReport, report: RunReport): string[] {
  const remarks: string[] = [];
  if (one.at !== report.at) remarks.push(`${one.name}: at ${moment(one.at)}`);
  if (one.held > 0) remarks.push(`${one.name}: ${plural(one.held, 'value')} held`);
  if (!one.required && one.status !== 'ok') remarks.push(`${one.name}: not required`);
  return remarks;
}

function sinkRemarks(one: SinkReport): string[] {
  const remarks: string[] = [];
  if (one.replayed > 0) remarks.push(`${one.name}: ${plural(one.replayed, 'point')} of earlier runs delivered`);
  if (one.replayRejected > 0) remarks.push(`${one.name}: ${plural(one.replayRejected, 'point')} of earlier runs rejected`);
  if (one.skipped > 0) remarks.push(`${one.name}: ${plural(one.skipped, 'point')} not offered: it cannot hold them`);
  if (!one.required && one.status !== 'ok') remarks.push(`${one.name}: not required`);
  return remarks;
}

function problemList(owner: Owner, details: string, columns: number, paint: Paint): string {
  const title = paint('bold', plain(owner.name)) + (owner.status === '' ? '' : ` ${paint(statusStyle(owner.status), owner.status)}`);
  const lines = owner.groups.map((group) =>
    hanging(group.severity === 'error' ? '✖' : '⚠', problemText(group), columns, group.severity === 'error' ? 'red' : 'yellow', paint),
  );
  if (owner.more > 0) lines.push(hanging(' ', `… and ${count(owner.more)} more in ${plain(details)}`, columns, 'dim', paint));
  return `${title}\n${lines.join('')}`;
}

function problemText(group: ProblemGroup): string {
  const message = `${plain(group.message)} (${group.kind})`;
  if (group.where.length === 0) return message;
  const more = group.where.length - placesShown;
  const places = group.where.slice(0, more > 0 ? placesShown : undefined).map(plain);
  return `${places.join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}: ${message}`;
}

/** A mark and a text beside it, its further lines indented under the first. */
function hanging(mark: string, text: string, columns: number, style: Style, paint: Paint): string {
  const indent = mark === '' ? '' : '    ';
  const lines = wrap(text, columns - indent.length);
  const first = mark === '' ? paint(style, lines[0] ?? '') : `  ${paint(style, mark)} ${lines[0]}`;
  const rest = lines.slice(1).map((line) => indent + (mark === '' ? paint(style, line) : line));
  return `${[first.trimEnd(), ...rest].join('\n')}\n`;
}

/** How good or bad a status looks. */
export function statusStyle(status: string): Style | undefined {
  if (status === 'ok') return 'green';
  if (status === 'failed' || status === 'blocked' || status === 'interrupted' || status === 'unfinished') return 'red';
  return 'yellow';
}
