import type { Fixed, GapsReport } from '../app.ts';
import { type Cell, grid, type Heading } from '../report/grid.ts';
import { count, minute, plain, plural, wrap } from '../report/text.ts';
import type { Stream } from './host.ts';

type Look = Pick<Stream, 'columns' | 'paint'>;

const gapsShown = 50;

/** The gaps, what can be done about each, and the commands that do it. */
export function gapsText(report: GapsReport, look: Look): string {
  const { columns, paint } = look;
  const series = report.judged.reduce((sum, one) => sum + one.series, 0);
  const what = `${plural(series, 'series')} of ${plural(report.judged.length, 'measurement')} in ${plain(report.store)}`.replaceAll(
    'seriess',
    'series',
  );
  const parts = [report.gaps.length === 0 ? `No gap in ${what}.\n` : `${paint('yellow', gapCount(report))} in ${what}.\n`];
  if (report.gaps.length > 0) parts.push(gapGrid(report, look));
  if (report.notJudged.length > 0) {
    const rows = report.notJudged.map(({ measurement, reason }): Cell[] => [{ text: plain(measurement) }, { text: plain(reason) }]);
    parts.push(`${paint('dim', 'Not judged')}\n${grid([{ text: '' }, { text: '' }], rows, { columns, paint, indent: 2 })}`);
  }
  if (report.fixes.length > 0) {
    const lines = report.fixes.flatMap(({ command }) => wrap(plain(command), columns - 2).map((line) => `  ${paint('cyan', line)}\n`));
    parts.push(`${paint('bold', 'What brings what can be had (kpi gaps --fix does)')}\n${lines.join('')}`);
  }
  return parts.join('\n');
}

/** The runs that were to close gaps, and what is left. */
export function fixedText({ runs, after }: Fixed, look: Look): string {
  const lines = runs.map(({ command, report }) => `${plain(command)}: ${report.status}, exit ${report.exitCode}\n`);
  return `${lines.length === 0 ? 'Nothing that is missing can be brought.\n' : lines.join('')}\n${gapsText(after, look)}`;
}

function gapCount({ gaps, more }: GapsReport): string {
  return plural(gaps.length + more, 'gap');
}

function gapGrid({ gaps, more }: GapsReport, { columns, paint }: Look): string {
  const headings: Heading[] = [
    { text: 'MEASUREMENT', most: 24 },
    { text: 'FROM – BEFORE (UTC)' },
    { text: 'SERIES', align: 'right' },
    { text: 'NO POINT' },
  ];
  const rows = gaps
    .slice(0, gapsShown)
    .map((gap): Cell[] => [
      { text: plain(gap.measurement), style: 'bold' },
      { text: span(gap.from, gap.to) },
      { text: count(gap.series) },
      { text: told(gap), style: gap.status === 'lost' ? 'red' : 'yellow' },
    ]);
  const hidden = gaps.length + more - rows.length;
  const rest = hidden > 0 ? `… and ${count(hidden)} more${more > 0 ? '' : ': see them with --json'}\n` : '';
  return grid(headings, rows, { columns, paint }) + rest;
}

function told(gap: GapsReport['gaps'][number]): string {
  const others = gap.othersHave ? ' (others have)' : '';
  if (gap.status === 'lost') return `lost${others}`;
  return `recoverable${gap.lostOn === undefined ? '' : `, lost on ${date(gap.lostOn)} unless brought`}${others}`;
}

/** Without what the end has in common with the beginning. */
function span(from: string, to: string): string {
  const isDates = [from, to].every((one) => one.endsWith('T00:00:00.000Z'));
  const shown = (iso: string) => iso.slice(0, isDates ? 10 : 16).replace('T', ' ');
  const shared = from.slice(0, 10) === to.slice(0, 10) ? 11 : from.slice(0, 4) === to.slice(0, 4) ? 5 : 0;
  return `${shown(from)} – ${shown(to).slice(shared)}`;
}

function date(iso: string): string {
  return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : minute(iso);
}
