import type { RunSummary } from '../app.ts';
import { type Cell, grid, gridWidth } from '../report/grid.ts';
import { statusStyle } from '../report/table.ts';
import { count, minute, moment, plain, took } from '../report/text.ts';
import type { Stream } from './host.ts';

export function runsText(runs: readonly RunSummary[], { columns, paint }: Pick<Stream, 'columns' | 'paint'>): string {
  if (runs.length === 0) return 'There is no earlier run.\n';
  // Every column where there is room. Else first the seconds are left out, which the run's id has too, and then the count of problems.
  const layouts = [layout(runs, true, true), layout(runs, false, true), layout(runs, false, false)];
  const { headings, rows } = layouts.find((one) => gridWidth(one.headings, one.rows) <= columns) ?? layout(runs, false, false);
  return grid(headings, rows, { columns, paint });
}

function layout(runs: readonly RunSummary[], seconds: boolean, problems: boolean) {
  const right = 'right' as const;
  const headings = [
    { text: 'RUN' },
    { text: 'AT' },
    { text: 'STATUS' },
    { text: 'EXIT', align: right },
    { text: 'POINTS', align: right },
    ...(problems ? [{ text: 'PROBLEMS', align: right }] : []),
    { text: 'TIME', align: right },
  ];
  const rows = runs.map((run): Cell[] => [
    { text: plain(run.id), style: 'bold' },
    { text: timeText(run, seconds) },
    { text: run.status, style: statusStyle(run.status) },
    { text: run.exitCode === undefined ? '' : String(run.exitCode) },
    { text: count(run.points) },
    ...(problems ? [{ text: count(run.problems) }] : []),
    { text: run.finishedAt === undefined ? '' : took(Date.parse(run.finishedAt) - Date.parse(run.startedAt)) },
  ]);
  return { headings, rows };
}

/** What a run stands for: a moment, or the days that a backfill was of. */
function timeText({ at, window }: RunSummary, isLong: boolean): string {
  if (!window) return isLong ? moment(at) : minute(at);
  const [from, to] = [plain(window.from.slice(0, 10)), plain(window.to.slice(0, 10))];
  if (isLong) return `${from}/${to}`;
  // As ISO 8601 writes an interval in one year; of several years the months say enough.
  return from.slice(0, 4) === to.slice(0, 4) ? `${from}/${to.slice(5)}` : `${from.slice(0, 7)}/${to.slice(0, 7)}`;
}
