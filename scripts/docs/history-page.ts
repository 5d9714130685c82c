import type { IntegrationInfo } from '../../src/engine/describe.ts';
import { ownMeasurements } from '../../src/engine/own-points.ts';
import type { Measurement } from '../../src/sdk/measurement.ts';
import { code, madeFrom, table } from './markdown.ts';

/** `docs/history.md`: what of the past each measurement has, and what becomes of it. */
export function historyPage(providers: readonly IntegrationInfo[]): string {
  const rows = providers.flatMap(({ name, measurements = [] }) =>
    measurements.map((one, index) => [index === 0 ? `[${name}](providers/${name}.md)` : '', ...historyRow(one)]),
  );
  const own = ownMeasurements.map((one, index) => [index === 0 ? '[each run](report.md#the-run-as-points)' : '', ...historyRow(one)]);
  return `${[
    madeFrom('src/providers/*/measurements.ts and scripts/docs/history-page.ts'),
    '# Time and history',
    `What can be asked of the past, for how long it may still change, and what a run does to what earlier ones have stored. Of a provider whose
measurements its settings make, the table has those of its example.`,
    table(historyHeadings, [...rows, ...own]),
    ...prose,
  ].join('\n\n')}\n`;
}

const historyHeadings = ['provider', 'measurement', 'a point is', 'told back', 'first run', 'revised', 'days of', 'the same run again'];

/** The cells of a measurement, without the provider's. */
function historyRow({ name, time, history }: Measurement): readonly string[] {
  const again = history === undefined && time === 'event' ? 'adds a row: it happens again' : rerunTexts[time];
  if (history === undefined) return [code(name), times[time], '', '', '', '', again];
  const { depth, reach = 'all', settle = '0s', first = settle, zone } = history;
  return [code(name), times[time], depth ?? reach, first, settle, time === 'event' ? '' : zoneText(zone), again];
}

function zoneText(zone: string | undefined): string {
  if (zone === undefined) return 'not told; UTC';
  return zone === 'account' ? "the account's zone" : zone;
}

const times: Readonly<Record<Measurement['time'], string>> = {
  snapshot: 'a snapshot',
  event: 'an event',
  day: 'a day',
  month: 'a month',
};

const rerunTexts: Readonly<Record<Measurement['time'], string>> = {
  snapshot: 'writes its row anew, or is too late',
  event: 'writes the rows of its window anew',
  day: 'writes the rows of its window anew',
  month: 'writes the rows of its window anew',
};

/** What no declaration says: the rules of the engine. */
const prose = [
  '## What a scheduled run asks for',
  `A **snapshot** is taken as things stand, and stamped with the run's \`at\`: the start of its period where the config has an \`every\`, the
start of the run where it has none. It has no past. Where \`at\` is more than two periods ago (without \`every\`, a day) it is not taken: what
stands today is never stamped into the past.`,
  `A measurement **with a past** is asked for a window of time, which ends at \`at\`. It begins with the oldest period that was not final at the
end of the last window that was collected in full; the first time, as long before \`at\` as the column *first run* says. A window holds whole
days or months, and nothing that is older than the upstream tells: a number of half a day would be taken for that of the day. How far back it
tells is counted from now, not from \`at\`.`,
  `So a run that comes late, was missed, or failed loses nothing: the next good one asks for all that is missing. Where one and the same
problem comes in every run for 31 days, only these are still asked for, and the report says from when to when something is missing.`,
  '## What is provisional',
  `A day is over when its last minute has gone by in the zone whose days the upstream counts, and final when the time in the column *revised*
has gone by since. Until then its rows are \`provisional\`: each run collects them again, and overwrites them. So it is with months; an event
is over at once. \`settle\` on a provider's entry takes the place of what the table says, for all of its measurements.`,
  `Rows are stamped with 00:00 UTC of the date that the upstream names, whatever the zone, so that one query joins all sources by day. A date
that has begun in its zone, and not yet in UTC, has to wait until it has. Days on which clocks are changed are 23, 24½ or 25 hours long, and
one that a zone left out (Samoa's 30 December 2011) is over before it began: the zone's own rules say when, as of each date. Which zone an
account has is known only when it answers; until then a window begins as early as the zone that is furthest behind could need.`,
  '## The same run again',
  `\`kpi collect --at TIME\` stands for the clock. The same \`at\` means the same snapshots, and of days and months a window that ends there: no
row is added, and the numbers are those of now. A field that the upstream tells no more stays as it was, and so does a row: it was measured
once. What is final is not asked for, so that a number which an upstream changes long afterwards is not seen; a backfill asks again. No rerun
sets back up to where the scheduled runs have got.`,
  `What a store makes of the same row again is [told for each](sinks.md). Where the newest does not win by itself, copies carry the moment at
which they were collected.`,
  '## A range of the past',
  `\`kpi collect --from 2026-01-01 --to 2026-07-01\` asks for a range instead: whole days and months, those that the range has a part of, in chunks,
the newest first. What is final of a chunk and stored, or on disk for a store that is away, is remembered, so that the same command goes on
where it was, and asks for none of it again. Snapshots have no past and are left out. Scheduled runs go on meanwhile, and find their windows
as they were; nothing that they have collected since is overwritten.`,
  '## What is lost',
  `- Snapshots that were not taken. \`kpi\` invents none.
- Days that an upstream tells no more: GitHub's traffic after 14 days, Mailchimp's daily activity after 180, posts that have left Reddit's
  list. A schedule that stands still for longer than that has a gap.
- Days whose last numbers came after the time in *revised*, or were told last while they were provisional: their rows say so.
- What was taken back: stars, deleted questions and posts count on the day that they were made for as long as they stand when they are last
  asked for.`,
  '## How it is proven',
  `Tests run each provider against its stand-in, and an upstream whose numbers grow and are revised against the engine: at random schedules
(late, missed, failed, repeated), in zones from 14 hours ahead to 12 behind, over changes of clocks, leap days and ends of years. What is
stored at the end is what one run sees that asks for everything then, and a backfill in pieces leaves what one piece does. A year of every
provider, killed five times and taken up again, is row by row the year of one clean run.`,
];
