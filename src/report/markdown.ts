import type { MeasurementChanges, RunReport } from '../sdk/report.ts';
import { changedValue } from './changes.ts';
import type { ErrorReport } from './json.ts';
import { meaning } from './meaning.ts';
import { type Owner, type ProblemGroup, problemsByOwner } from './problems.ts';
import { count, moment, plain, plural, took } from './text.ts';

const groupsShown = 50;
const errorsUnfolded = 10;
const placesShown = 10;
const rowsUnfolded = 20;

/** A part of a page: what stands before and after its lines is there also when some of them are left out. */
interface Section {
  readonly head: string;
  readonly lines: readonly string[];
  readonly tail: string;
  /** The line that stands for `left` lines which are left out. */
  rest(left: number): string;
}

/** What a run did, as GitHub-flavoured Markdown: failures first, details folded. Of at most `most` bytes. */
export function reportMarkdown(report: RunReport, most = Number.POSITIVE_INFINITY): string {
  const points = report.providers.reduce((sum, provider) => sum + provider.points, 0);
  const ms = Date.parse(report.finishedAt) - Date.parse(report.startedAt);
  const facts = [
    `Run ${escaped(report.runId)}`,
    `at ${moment(report.at)}`,
    ...(report.dryRun ? ['dry run'] : []),
    plural(points, 'point'),
    took(ms),
  ];
  const title = `## kpi: ${report.status}\n\n${facts.join(', ')}. Exit ${report.exitCode}: ${escaped(meaning(report))}.\n`;
  const sections = [plainSection(title), ...problemsByOwner(report, groupsShown).flatMap(problemSections)];
  if (report.providers.length > 0) sections.push(tableSection('provider', report.providers.length, providerTable(report)));
  if (report.sinks.length > 0) sections.push(tableSection('sink', report.sinks.length, sinkTable(report)));
  sections.push(...changesSections(report.changes ?? []));
  return page(sections, most);
}

/** Why nothing was started, or what broke, as GitHub-flavoured Markdown. Of at most `most` bytes. */
export function failureMarkdown({ exitCode, error }: ErrorReport, most = Number.POSITIVE_INFINITY): string {
  const what = error.kind === 'defect' ? 'a defect in kpi itself: ' : '';
  const title = `## kpi: failed\n\nExit ${exitCode}: ${what}${escaped(error.message)}\n`;
  const problems = error.problems.filter((problem) => !error.message.includes(problem.message));
  const lines = problems.map(({ path, message }) => `- ${escaped(path)}: ${escaped(message)}\n`);
  return page([plainSection(title), { head: '\n', lines, tail: '', rest: (left) => `- … and ${count(left)} more\n` }], most);
}

function plainSection(head: string): Section {
  return { head, lines: [], tail: '', rest: () => '' };
}

/** The failures of one provider or sink for all to see; the rest of what is said of it, folded. */
function problemSections(owner: Owner): readonly Section[] {
  const errors = owner.groups.filter((group) => group.severity === 'error');
  const folded = [...errors.slice(errorsUnfolded), ...owner.groups.filter((group) => group.severity === 'notice')];
  const rest = (left: number) => `- … and ${count(left)} more\n`;
  const head = `\n### ${escaped(owner.name)}${owner.status === '' ? '' : `: ${owner.status}`}\n\n`;
  const more = owner.more > 0 ? [rest(owner.more)] : [];
  const lines = errors.slice(0, errorsUnfolded).map(problemLine);
  if (folded.length === 0) return [{ head, lines: [...lines, ...more], tail: '', rest }];
  const problems = folded.reduce((sum, group) => sum + Math.max(1, group.where.length), owner.more);
  const onlyNotices = errors.length <= errorsUnfolded && owner.more === 0;
  const around = fold(onlyNotices ? plural(problems, 'notice') : `${count(problems)} more`);
  return [
    { head, lines, tail: '', rest },
    { ...around, lines: [...folded.map(problemLine), ...more], rest },
  ];
}

function problemLine(group: ProblemGroup): string {
  const more = group.where.length - placesShown;
  const places = group.where.slice(0, placesShown).map(escaped).join(', ') + (more > 0 ? ` and ${count(more)} more` : '');
  return `- ${group.severity}${places === '' ? '' : `, ${places}`}: ${escaped(group.message)} (${group.kind})\n`;
}

function providerTable({ providers }: RunReport): Pick<Section, 'head' | 'lines'> {
  return table(
    ['Provider', 'Status', 'Targets', 'Points', 'Problems', 'Requests', 'Retries', 'Time'],
    providers.map((one) => [
      escaped(one.name),
      one.status,
      ...[one.targets, one.points, one.problemCount, one.requests, one.retries].map(count),
      took(one.ms),
    ]),
  );
}

function sinkTable({ sinks }: RunReport): Pick<Section, 'head' | 'lines'> {
  return table(
    ['Sink', 'Status', 'Offered', 'Accepted', 'Rejected', 'Pending', 'Lost', 'Backlog', 'Time'],
    sinks.map((one) => [
      escaped(one.name),
      one.status,
      ...[one.offered, one.accepted, one.rejected, one.pending, one.lost, one.backlog].map(count),
      took(one.ms),
    ]),
  );
}

/** What a run would write to the store, and the values that change, folded. */
function changesSections(changes: readonly MeasurementChanges[]): readonly Section[] {
  if (changes.length === 0) return [];
  const rows = changes.map((one) => [escaped(one.measurement), ...[one.added, one.changed, one.left].map(count)]);
  const counts = tableSection('measurement', changes.length, table(['Measurement', 'Added', 'Changed', 'Left'], rows, 1));
  const values = changes.reduce((sum, one) => sum + one.values, 0);
  if (values === 0) return [counts];
  const lines = changes.flatMap(({ measurement, samples }) =>
    samples.map((sample) => `- ${escaped(measurement)} ${escaped(changedValue(sample))}\n`),
  );
  const rest = (left: number) => `- … and ${count(left)} more\n`;
  const more = values > lines.length ? [rest(values - lines.length)] : [];
  return [counts, { ...fold(plural(values, 'changed value')), lines: [...lines, ...more], rest }];
}

/** Its first columns hold words, the others numbers. */
function table(headings: readonly string[], rows: readonly (readonly string[])[], words = 2): Pick<Section, 'head' | 'lines'> {
  const rule = headings.map((_heading, index) => (index < words ? '---' : '---:'));
  const [first = '', second = '', ...lines] = [headings, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |\n`);
  return { head: `\n${first}${second}`, lines };
}

function tableSection(what: string, rows: number, { head, lines }: Pick<Section, 'head' | 'lines'>): Section {
  const rest = (left: number) => `\n… and ${count(left)} more\n`;
  if (rows <= rowsUnfolded) return { head, lines, tail: '', rest };
  const around = fold(plural(rows, what));
  return { head: around.head + head, lines, tail: around.tail, rest };
}

/** Markdown in a fold must have blank lines around it. `summary` is HTML. */
function fold(summary: string): Pick<Section, 'head' | 'tail'> {
  return { head: `\n<details><summary>${summary}</summary>\n\n`, tail: '\n</details>\n' };
}

const cutNote = '\nThis page was cut: it would have been too long. The report has all of it.\n';

/** The sections, of at most `most` bytes: lines that do not fit are left out, and said to be. */
function page(sections: readonly Section[], most: number): string {
  let text = '';
  let left = most - Buffer.byteLength(cutNote);
  for (const section of sections) {
    const frame = Buffer.byteLength(section.head + section.tail + section.rest(section.lines.length));
    if (frame > left) return text + cutNote;
    left -= frame;
    text += section.head;
    for (const [index, line] of section.lines.entries()) {
      left -= Buffer.byteLength(line);
      if (left < 0) return text + section.rest(section.lines.length - index) + section.tail + cutNote;
      text += line;
    }
    text += section.tail;
  }
  return text;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * Text that Markdown shows as it is, on one line, in a table's cell as well (https://github.github.com/gfm/#backslash-escapes). Addresses
 * become no links (https://github.github.com/gfm/#autolinks-extension-): whose they are is not known.
 */
export function escaped(text: string): string {
  return plain(text)
    .replace(/[&<>\\`*_[\]|~$]/g, (character) => entities[character] ?? `\\${character}`)
    .replace(/:(?=\/\/)/g, '&#58;')
    .replaceAll('@', '&#64;')
    .replace(/\b(www)\./gi, '$1&#46;');
}
