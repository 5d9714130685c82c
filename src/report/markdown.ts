import type { RunReport } from '../sdk/report.ts';
import { meaning } from './meaning.ts';
import { type Owner, problemsByOwner } from './problems.ts';
import { count, moment, plain, plural, took } from './text.ts';

const problemsShown = 50;
const placesShown = 10;

/** What a run did, as GitHub-flavoured Markdown: failures first. */
export function reportMarkdown(report: RunReport): string {
  const points = report.providers.reduce((sum, provider) => sum + provider.points, 0);
  const ms = Date.parse(report.finishedAt) - Date.parse(report.startedAt);
  const facts = [
    `Run ${escaped(report.runId)}`,
    `at ${moment(report.at)}`,
    ...(report.dryRun ? ['dry run'] : []),
    plural(points, 'point'),
    took(ms),
  ];
  const parts = [`## kpi: ${report.status}\n`, `${facts.join(', ')}. Exit ${report.exitCode}: ${escaped(meaning(report))}.\n`];
  for (const owner of problemsByOwner(report, problemsShown)) parts.push(problemList(owner));
  if (report.providers.length > 0) {
    parts.push(
      table(
        ['Provider', 'Status', 'Targets', 'Points', 'Problems', 'Requests', 'Retries', 'Time'],
        report.providers.map((one) => [
          escaped(one.name),
          one.status,
          ...[one.targets, one.points, one.problemCount, one.requests, one.retries].map(count),
          took(one.ms),
        ]),
      ),
    );
  }
  if (report.sinks.length > 0) {
    parts.push(
      table(
        ['Sink', 'Status', 'Offered', 'Accepted', 'Rejected', 'Pending', 'Lost', 'Backlog', 'Time'],
        report.sinks.map((one) => [
          escaped(one.name),
          one.status,
          ...[one.offered, one.accepted, one.rejected, one.pending, one.lost, one.backlog].map(count),
          took(one.ms),
        ]),
      ),
    );
  }
  return parts.join('\n');
}

function problemList(owner: Owner): string {
  const lines = owner.groups.map((group) => {
    const more = group.where.length - placesShown;
    const places = group.where.slice(0, placesShown).map(escaped).join(', ') + (more > 0 ? ` and ${count(more)} more` : '');
    return `- ${group.severity}${places === '' ? '' : `, ${places}`}: ${escaped(group.message)} (${group.kind})\n`;
  });
  if (owner.more > 0) lines.push(`- … and ${count(owner.more)} more\n`);
  return `### ${escaped(owner.name)}${owner.status === '' ? '' : `: ${owner.status}`}\n\n${lines.join('')}`;
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = headings.map((_heading, index) => (index < 2 ? '---' : '---:'));
  return [headings, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Text that Markdown shows as it is, on one line, in a table's cell as well (https://github.github.com/gfm/#backslash-escapes). */
export function escaped(text: string): string {
  return plain(text).replace(/[&<>\\`*_[\]|~$]/g, (character) => entities[character] ?? `\\${character}`);
}
