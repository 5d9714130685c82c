import { ownMeasurements } from '../../src/engine/own-points.ts';
import type { ChangedValue, MeasurementChanges, Problem, ProviderReport, RunReport, SinkReport } from '../../src/sdk/report.ts';
import { measurementSection } from './integration-page.ts';
import { code, madeFrom, table } from './markdown.ts';

/** What a field is: its type, and what it says. The compiler knows when one is missing here, or left over. */
type Told<Part> = Readonly<Record<keyof Required<Part>, readonly [type: string, meaning: string]>>;

export const runFields: Told<RunReport> = {
  schemaVersion: ['number', '1. It grows only when a field changes its meaning; new fields may come at any time'],
  runId: ['string', 'The run. Ids sort by time'],
  status: ['string', '`ok`, `partial`, `pending`, `failed`, `interrupted` or `skipped`, as with `--fail-on any`'],
  exitCode: ['number', 'What the program exits with: [exit codes](exit-codes.md)'],
  dryRun: ['boolean', 'Nothing was written'],
  at: ['string', 'The time that the run stands for'],
  window: ['object | null', '`from` and `to`, where a past was asked for; else null'],
  asked: ['string', 'Where it asked for less than all: `measurements` (some), `failed` (in an earlier run), `range` (of the past)'],
  startedAt: ['string', 'When it started'],
  finishedAt: ['string', 'When it ended'],
  providers: ['object[]', 'One for each selected instance: [below](#providers)'],
  notDue: ['object[]', 'With `--due`: `name` of each selected instance that was not asked, and `next`, when it is due'],
  sinks: ['object[]', 'One for each selected instance: [below](#sinks)'],
  problems: ['object[]', 'What concerns the run as such, such as an earlier run that did not finish: [below](#problems)'],
  changes: ['object[]', 'Only of a dry run that was compared with the store, one for each measurement: [below](#changes)'],
};

export const providerFields: Told<ProviderReport> = {
  name: ['string', 'The name of the entry in the config'],
  type: ['string', 'Which provider it is'],
  required: ['boolean', 'Whether its failure counts for the exit code'],
  status: ['string', '`ok`, `partial`, `failed`, `blocked` (the upstream refuses us as such) or `skipped` (another run holds it)'],
  at: ['string', 'The time that its snapshots are stamped with'],
  targets: ['number', 'Units of its work, those that were found on the way among them'],
  points: ['number', 'Points that it gave, after merging'],
  held: ['number', 'Values that this run held back, each with a problem of the kind `held`'],
  requests: ['number', 'Requests that were sent, retries among them'],
  retries: ['number', 'Those of them that were sent again'],
  ms: ['number', 'How long it took'],
  lateMs: ['number', 'How long after `at` the run started'],
  quota: ['object | null', '`remaining`, and where known `limit` and `resetAt`: what is left of what we may ask'],
  problemCount: ['number', 'All of its problems'],
  problems: ['object[]', 'The first 1,000 of them; all are in `.kpi/runs/ID.ndjson`: [below](#problems)'],
};

export const sinkFields: Told<SinkReport> = {
  name: ['string', 'The name of the entry in the config'],
  type: ['string', 'Which sink it is'],
  required: ['boolean', 'Whether its failure counts for the exit code'],
  status: ['string', '`ok`, `partial` (something was rejected), `pending` (something waits) or `failed` (something was lost)'],
  offered: ['number', "This run's points after merging: `accepted` + `rejected` + `pending` + `lost`"],
  accepted: ['number', 'Those that the store took'],
  rejected: ['number', 'Those that it refuses for good; they are kept in the outbox with its words'],
  pending: ['number', 'Those that wait in the outbox'],
  lost: ['number', 'Those that neither the store nor the disk took'],
  skipped: ['number', 'Points that it cannot hold at all, and was not offered'],
  replayed: ['number', 'Points of earlier runs that it took now'],
  replayRejected: ['number', 'Points of earlier runs that it refused now'],
  backlog: ['number', 'All that waits in its outbox at the end; any makes the exit code 75'],
  ms: ['number', 'How long its writes took'],
  problemCount: ['number', 'All of its problems'],
  problems: ['object[]', 'The first 1,000 of them: [below](#problems)'],
};

export const problemFields: Told<Problem> = {
  severity: ['string', '`error`, or `notice`, which never worsens the exit code'],
  target: ['string', 'The unit of work, where it is known'],
  item: ['string', 'What of it: a repository, a package'],
  kind: ['string', 'What it is about, in one word: `unauthorized`, `not-found`, `rate-limited`, `timeout`, …'],
  message: ['string', 'What happened, in a sentence'],
};

export const changesFields: Told<MeasurementChanges> = {
  measurement: ['string', 'Its name'],
  added: ['number', 'Points of a series and time that the store does not have'],
  changed: ['number', 'Points with at least one value that is another there'],
  left: ['number', 'Points that would change no value. That a value is final now, or collected again, is no change'],
  values: ['number', 'The values of all `changed` that are others'],
  samples: ['object[]', 'The first 20 of those: [below](#samples)'],
};

const sampleFields: Told<ChangedValue> = {
  tags: ['object', 'The series'],
  time: ['string', 'Its time'],
  field: ['string', 'Which field'],
  old: ['number | boolean | string | null', 'What the store has; null where it has none. Long texts are cut'],
  new: ['number | boolean | string | null', 'What a run would write'],
};

/** `docs/report.md` */
export function reportPage(): string {
  return `${[
    madeFrom('scripts/docs/report-page.ts and src/engine/own-points.ts'),
    '# What a run tells of itself',
    `Three ways, one content: the report that is printed, the same as JSON, and points in the sinks.`,
    '## The report as JSON',
    `\`kpi collect --json\` prints it, \`--report FILE\` writes it, \`kpi runs ID --json\` has those of earlier runs. Times are ISO 8601 in UTC,
durations are milliseconds. With \`--dry-run --json\` it also has \`points\`: those that were collected.`,
    fields(runFields),
    '### providers',
    fields(providerFields),
    '### sinks',
    fields(sinkFields),
    '### problems',
    fields(problemFields),
    '### changes',
    `\`--dry-run\` with \`--exit-on-change\` or \`--from\` asks the store, which is only read. What a run would write is compared by the store's own
rule: a point that was collected earlier than what is stored changes none of its values, and a field that a point does not have stays as it
is. A point that comes again after 20,000 others is counted again.`,
    fields(changesFields),
    '### samples',
    fields(sampleFields),
    '## The run as points',
    `Each run ends by delivering itself to its sinks, outside all counts of the report, so that a chart can show a run that did not come.`,
    ...ownMeasurements.map((one) => measurementSection(one, '###')),
  ].join('\n\n')}\n`;
}

function fields(told: Readonly<Record<string, readonly [string, string]>>): string {
  const rows = Object.entries(told).map(([name, [type, meaning]]) => [code(name), type, meaning]);
  return table(['field', 'type', 'meaning'], rows);
}
