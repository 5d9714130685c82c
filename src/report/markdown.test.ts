import { describe, expect, it } from 'vitest';
import { problem, providerReport, runReport } from '../testing/report.ts';
import { escaped, reportMarkdown } from './markdown.ts';

describe('reportMarkdown', () => {
  it('has a table of providers and one of sinks', () => {
    expect(reportMarkdown(runReport())).toMatchInlineSnapshot(`
      "## kpi: ok

      Run 20261121T200701Z-3f9a, at 2026-11-21 20:00:00Z, 430 points, 2.1s. Exit 0: all that was required was collected and delivered.

      | Provider | Status | Targets | Points | Problems | Requests | Retries | Time |
      | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
      | github | ok | 3 | 412 | 0 | 9 | 0 | 2.1s |
      | nuget | ok | 2 | 18 | 0 | 3 | 0 | 412ms |

      | Sink | Status | Offered | Accepted | Rejected | Pending | Lost | Backlog | Time |
      | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | local | ok | 430 | 430 | 0 | 0 | 0 | 0 | 85ms |
      | influxdb | ok | 430 | 430 | 0 | 0 | 0 | 0 | 140ms |
      "
    `);
  });

  it('tells problems before the tables', () => {
    const markdown = reportMarkdown(
      runReport({
        status: 'failed',
        exitCode: 1,
        providers: [
          providerReport('github', {
            status: 'failed',
            problemCount: 9,
            problems: [problem('refused', { kind: 'unauthorized', target: 'x' })],
          }),
        ],
      }),
    );
    expect(markdown).toContain('### github: failed\n\n- error, x: refused (unauthorized)\n- … and 8 more\n');
    expect(markdown.indexOf('### github')).toBeLessThan(markdown.indexOf('| Provider'));
  });

  it('stays a table whatever the names are', () => {
    const markdown = reportMarkdown(runReport({ providers: [providerReport('a|b\n| `c` <img src=x>')] }));
    const row = markdown.split('\n').find((line) => line.includes('img'));
    expect(row).toBe('| a\\|b\\\\n\\| \\`c\\` &lt;img src=x&gt; | ok | 1 | 0 | 0 | 1 | 0 | 100ms |');
  });
});

describe('escaped', () => {
  it.each([
    ['**bold** _it_ ~~gone~~', '\\*\\*bold\\*\\* \\_it\\_ \\~\\~gone\\~\\~'],
    ['[a](javascript:x)', '\\[a\\](javascript:x)'],
    ['<script>&amp;', '&lt;script&gt;&amp;amp;'],
    ['$x$ back\\slash', '\\$x\\$ back\\\\slash'],
    ['a\r\nb\u001b[1m', 'a\\\\r\\\\nb\\\\x1b\\[1m'],
  ])('%j', (text, markdown) => {
    expect(escaped(text)).toBe(markdown);
  });
});
