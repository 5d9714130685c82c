import type { RunSummary } from '../app.ts';
import { grid } from '../report/grid.ts';
import { statusStyle } from '../report/table.ts';
import { count, moment, plain, took } from '../report/text.ts';
import type { Stream } from './host.ts';

export function runsText(runs: readonly RunSummary[], { columns, paint }: Pick<Stream, 'columns' | 'paint'>): string {
  if (runs.length === 0) return 'There is no earlier run.\n';
  const right = 'right' as const;
  const headings = [
    { text: 'RUN' },
    { text: 'AT' },
    { text: 'STATUS' },
    { text: 'EXIT', align: right },
    { text: 'POINTS', align: right },
    { text: 'PROBLEMS', align: right },
    { text: 'TIME', align: right },
  ];
  const rows = runs.map((run) => [
    { text: plain(run.id), style: 'bold' as const },
    { text: moment(run.at) },
    { text: run.status, style: statusStyle(run.status) },
    { text: run.exitCode === undefined ? '' : String(run.exitCode) },
    { text: count(run.points) },
    { text: count(run.problems) },
    { text: run.finishedAt === undefined ? '' : took(Date.parse(run.finishedAt) - Date.parse(run.startedAt)) },
  ]);
  return grid(headings, rows, { columns, paint });
}
