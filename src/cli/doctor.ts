import type { Diagnosis, DiagnosisFinding } from '../app.ts';
import { type Cell, grid } from '../report/grid.ts';
import type { Style } from '../report/paint.ts';
import { count, pad, plain, plural, took, truncate, width, wrap } from '../report/text.ts';
import type { Stream } from './host.ts';

type Look = Pick<Stream, 'columns' | 'paint'>;

const marks: Readonly<Record<DiagnosisFinding['status'], readonly [string, Style]>> = {
  ok: ['✔', 'green'],
  warning: ['⚠', 'yellow'],
  error: ['✖', 'red'],
  skipped: ['–', 'dim'],
};
const titles: Readonly<Record<DiagnosisFinding['scope'], string>> = {
  config: 'Config',
  provider: 'Providers',
  sink: 'Sinks',
  state: 'State',
  ci: 'CI',
};
const mostNameColumns = 14;
const mostCheckColumns = 12;

/** The findings by what they are of; below each that failed, the line that mends it. */
export function diagnosisText({ findings, exitCode }: Diagnosis, look: Look): string {
  const named = findings.filter(hasName);
  const columns = { name: widest(named, 'name', mostNameColumns), check: widest(findings, 'check', mostCheckColumns) };
  let text = '';
  for (const [scope, title] of Object.entries(titles)) {
    const own = findings.filter((one) => one.scope === scope);
    if (own.length === 0) continue;
    text += `${look.paint('bold', title)}\n${own.map((one, index) => findingText(one, own[index - 1], columns, look)).join('')}`;
  }
  return `${text}\n${closing(findings, exitCode)}\n`;
}

function findingText(
  finding: DiagnosisFinding,
  before: DiagnosisFinding | undefined,
  columns: { readonly name: number; readonly check: number },
  { columns: all, paint }: Look,
): string {
  const { name, check, status, message, mend, ms } = finding;
  const [mark, style] = marks[status];
  const told = hasName(finding) && name !== before?.name ? truncate(plain(name), columns.name) : '';
  const cells: Cell[] = [
    { text: mark, style },
    { text: pad(told, columns.name), style: 'bold' },
    { text: pad(truncate(plain(check), columns.check), columns.check) },
    { text: pad(status === 'skipped' ? '' : took(ms), 5, 'right'), style: 'dim' },
    { text: plain(message), style: status === 'skipped' ? 'dim' : undefined },
  ];
  const row = grid(
    cells.map(() => ({ text: '' })),
    [cells],
    { columns: all, paint, indent: 2 },
  );
  if (mend === undefined || status === 'ok' || status === 'skipped') return row;
  const lines = wrap(plain(mend), all - 7).map((line, index) => `     ${index === 0 ? '→' : ' '} ${paint('cyan', line)}\n`);
  return row + lines.join('');
}

/** Of config, state and CI there is one each. */
function hasName({ scope }: DiagnosisFinding): boolean {
  return scope === 'provider' || scope === 'sink';
}

function widest(findings: readonly DiagnosisFinding[], key: 'name' | 'check', most: number): number {
  return findings.reduce((wide, one) => Math.min(most, Math.max(wide, width(plain(one[key])))), 0);
}

function closing(findings: readonly DiagnosisFinding[], exitCode: Diagnosis['exitCode']): string {
  const number = (status: DiagnosisFinding['status']) => findings.filter((one) => one.status === status).length;
  const told = `${count(number('ok'))} ok, ${plural(number('warning'), 'warning')}, ${plural(number('error'), 'error')}, ${count(number('skipped'))} skipped`;
  return `${told}\nExit code ${exitCode}: ${meaning(exitCode, number('warning') + number('error'), number('skipped'))}`;
}

function meaning(exitCode: Diagnosis['exitCode'], wrong: number, skipped: number): string {
  if (exitCode === 1) return 'a run would not start, or would bring nothing, or deliver nothing';
  if (exitCode === 3) return 'something is wrong, or wants attention';
  if (wrong > 0) return 'what is wrong is not required';
  return skipped > 0 ? 'nothing that was looked at stands in the way of a run' : 'nothing stands in the way of a run';
}
