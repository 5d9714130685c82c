import type { RunReport } from '../sdk/report.ts';
import { problem, providerReport, runReport, sinkReport } from './report.ts';

/** Words that mean something to Markdown, HTML, a table, a terminal, or GitHub's runner. */
export const hostileWords: readonly string[] = [
  '| a | row | of | its own |',
  '`code` ```js fence``` ~~~',
  '<img src=x onerror=alert(1)><script>alert(2)</script></details></summary>',
  'two\r\nlines\n# heading\n- item\n\n---',
  '::error file=a.ts::made up\n::add-mask::e',
  '##[add-path]/tmp ##[error]made up',
  '[link](javascript:alert(3)) ![picture](https://tracker.example/x.png)',
  '**bold** _it_ ~~gone~~ $x^2$ &lt;b&gt; <!-- comment',
  '%0A::warning::made up %25 a,b:c',
  '\u001b[31mred\u001b[0m \u202eback \u2028line \u0000 \\back\\slash',
];

/** A run of 300 problems (280 errors and 20 notices), all of whose words are hostile. */
export function hostileReport(): RunReport {
  const word = (index: number) => hostileWords[index % hostileWords.length] ?? '';
  const problems = (count: number, severity: 'error' | 'notice') =>
    Array.from({ length: count }, (_, index) =>
      problem(`${word(index)} (${index})`, {
        severity,
        kind: severity === 'notice' ? 'notice' : 'invalid-answer',
        target: word(index + 1),
        item: word(index + 2),
      }),
    );
  return runReport({
    status: 'failed',
    exitCode: 1,
    providers: [
      providerReport('website', { status: 'ok', targets: 40, points: 40, requests: 40, ms: 1800, problems: problems(20, 'notice') }),
      providerReport('github', { status: 'failed', targets: 3, requests: 12, retries: 3, ms: 21_140, problems: problems(280, 'error') }),
    ],
    sinks: [
      sinkReport('local', { offered: 40, accepted: 40, ms: 12 }),
      sinkReport(word(0), { status: 'pending', offered: 40, pending: 40 }),
    ],
    changes: [
      {
        ...{ measurement: 'website_check', added: 0, changed: hostileWords.length, left: 30, values: hostileWords.length },
        samples: hostileWords.map((old, index) => ({
          ...{ tags: { url: word(index + 1) }, time: '2026-11-21T20:00:00.000Z', field: 'reason', old, new: word(index + 2) },
        })),
      },
    ],
  });
}
