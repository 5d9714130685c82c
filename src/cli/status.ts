import type { Status } from '../app.ts';
import { type Cell, grid, type Heading } from '../report/grid.ts';
import type { Style } from '../report/paint.ts';
import { count, minute, moment, plain, took } from '../report/text.ts';
import { formatDuration, roughly } from '../sdk/time.ts';
import type { Stream } from './host.ts';

type Look = Pick<Stream, 'columns' | 'paint'>;

const styles: Readonly<Record<Status['providers'][number]['status'], Style>> = { ok: 'green', warning: 'yellow', error: 'red' };

/** How things stand: a line for the last run, one for each provider, and what is wrong. */
export function statusOverview(status: Status, look: Look): string {
  const { columns, paint } = look;
  const parts = [lastRun(status)];
  if (status.providers.length > 0) parts.push(providerGrid(status.providers, look));
  if (status.outboxes.length > 0) {
    const headings: Heading[] = [
      { text: 'SINK' },
      { text: 'PENDING', align: 'right' },
      { text: 'REJECTED', align: 'right' },
      { text: 'SINCE' },
    ];
    const rows = status.outboxes.map(({ sink, pending, rejected, since }): Cell[] => [
      { text: plain(sink), style: 'bold' },
      { text: count(pending), style: pending > 0 ? 'yellow' : undefined },
      { text: count(rejected) },
      { text: since === undefined ? '' : minute(since) },
    ]);
    parts.push(grid(headings, rows, { columns, paint }));
  }
  const problems = status.problems.map(({ severity, message }): Cell[] => [
    { text: severity === 'error' ? '✖' : '⚠', style: styles[severity] },
    { text: plain(message) },
  ]);
  if (problems.length > 0) parts.push(grid([{ text: '' }, { text: '' }], problems, { columns, paint }));
  return parts.join('\n');
}

function lastRun({ lastRun: run }: Status): string {
  if (!run) return 'There is no earlier run.\n';
  const { startedAt, finishedAt } = run;
  const end = finishedAt === undefined ? '' : `, exit ${run.exitCode}  ${took(Date.parse(finishedAt) - Date.parse(startedAt))}`;
  return `Last run ${plain(run.id)}  began ${moment(seconds(startedAt))}  ${run.status}${end}\n`;
}

function providerGrid(providers: Status['providers'], { columns, paint }: Look): string {
  const headings: Heading[] = [
    { text: 'PROVIDER' },
    { text: 'STATUS' },
    { text: 'LAST DATA' },
    { text: 'AGE', align: 'right' },
    { text: '' },
  ];
  const rows = providers.map(({ name, status, some, ageMs, required, message = '' }): Cell[] => [
    { text: plain(name), style: 'bold' },
    { text: status, style: styles[status] },
    { text: some === null ? 'never' : minute(some) },
    { text: ageMs === null ? '' : formatDuration(roughly(ageMs)) },
    { text: [message, ...(required ? [] : ['not required'])].filter((one) => one !== '').join('; ') },
  ]);
  return grid(headings, rows, { columns, paint });
}

function seconds(iso: string): string {
  return `${iso.slice(0, 19)}.000Z`;
}
