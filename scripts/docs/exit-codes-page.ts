import { exitCodeTable } from '../../src/sdk/exit-codes.ts';
import { code, madeFrom, sentence, table } from './markdown.ts';

/** `docs/exit-codes.md` */
export function exitCodesPage(): string {
  return `${[
    madeFrom('src/sdk/exit-codes.ts'),
    '# Exit codes',
    table(
      ['exit', 'when', 'what to do'],
      exitCodeTable.map((one) => [code(String(one.code)), sentence(one.when), one.next]),
    ),
    `Where several apply, the worst is told: 70, then 130 or 143, 1, 75, 3, 4. What has \`"required": false\` does not count; with
\`--fail-on any\` it does, and \`--fail-on never\` turns 3 into 0. The [report](report.md) keeps the truth either way: its \`status\` is as with
\`--fail-on any\`.`,
    `\`kpi db init\`, \`kpi db status\` and \`kpi doctor\` use 0, 3 and 1 in the same sense: all is well, some of it is, none of it is.
\`kpi status\` exits with 0 while all data is fresh, 3 with a warning and 1 with an error; \`kpi gaps\` with 3 where there are gaps, 75 while the
store does not answer, and 78 where it cannot be asked at all.
\`kpi outbox send\` exits with 75 where something still waits.`,
    `With \`--json\`, 64, 70, 78, and 75 where nothing was started, print \`{ "schemaVersion": 1, "exitCode": 78, "error": { "kind", "message", "problems": [{ "path", "message" }] } }\`.`,
    `In a shell, a run that should fail only when nothing came: \`kpi collect || [ $? -eq 3 ]\`.`,
  ].join('\n\n')}\n`;
}
