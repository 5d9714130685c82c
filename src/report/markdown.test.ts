import { describe, expect, it } from 'vitest';
import { problem, providerReport, runReport } from '../testing/report.ts';
import { escaped, failureMarkdown, reportMarkdown } from './markdown.ts';

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

  it('has what a dry run found in the store: the counts, and the values folded', () => {
    const sample = { tags: { repo: 'a|b' }, time: '2026-11-21T20:00:00.000Z', field: 'stars', old: 3378, new: 3380 };
    const changes = [
      { measurement: 'github_repository', added: 12, changed: 3, left: 3500, values: 42, samples: [sample] },
      { measurement: 'nuget_package', added: 0, changed: 0, left: 2, values: 0, samples: [] },
    ];
    const markdown = reportMarkdown(runReport({ dryRun: true, sinks: [], changes }));
    expect(markdown.slice(markdown.indexOf('| Measurement'))).toMatchInlineSnapshot(`
      "| Measurement | Added | Changed | Left |
      | --- | ---: | ---: | ---: |
      | github\\_repository | 12 | 3 | 3,500 |
      | nuget\\_package | 0 | 0 | 2 |

      <details><summary>42 changed values</summary>

      - github\\_repository repo=a\\|b 2026-11-21 20:00:00Z stars: 3378 → 3380
      - … and 41 more

      </details>
      "
    `);
    expect(reportMarkdown(runReport({ dryRun: true, changes: [] }))).not.toContain('Measurement');
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
    ['see https://x.example, www.x.example', 'see https&#58;//x.example, www&#46;x.example'],
    ['a@x.example, @somebody', 'a&#64;x.example, &#64;somebody'],
    ['$x$ back\\slash', '\\$x\\$ back\\\\slash'],
    ['a\r\nb\u001b[1m', 'a\\\\r\\\\nb\\\\x1b\\[1m'],
  ])('%j', (text, markdown) => {
    expect(escaped(text)).toBe(markdown);
  });
});

describe('a page', () => {
  const many = Array.from({ length: 300 }, (_, index) => problem(`what ${index}`, { item: `x/${index}`, kind: 'server' }));
  const notices = Array.from({ length: 3 }, (_, index) => problem(`by the way ${index}`, { severity: 'notice', kind: 'notice' }));

  it('shows failures, and folds the rest', () => {
    const report = runReport({
      status: 'failed',
      exitCode: 1,
      providers: [
        providerReport('calm', { problems: notices }),
        providerReport('bad', { status: 'failed', problemCount: 300, problems: many }),
        ...Array.from({ length: 30 }, (_, index) => providerReport(`p${index}`)),
      ],
    });
    const markdown = reportMarkdown(report);
    const [open = ''] = markdown.split('<details>');
    expect(open).toContain('### bad: failed');
    expect(open.match(/^- error/gm)).toHaveLength(10);
    expect(markdown).toContain('<details><summary>290 more</summary>\n\n- error, x/10: what 10 (server)');
    expect(markdown).toContain('- … and 250 more\n');
    expect(markdown).toContain('<details><summary>3 notices</summary>\n\n- notice: by the way 0');
    expect(markdown).toContain('<details><summary>32 providers</summary>\n\n\n| Provider');
    expect(markdown).not.toContain('<details><summary>2 sinks');
    expect(markdown.match(/<details>/g)).toHaveLength(markdown.match(/<\/details>/g)?.length ?? 0);
  });

  it.each([300, 1000, 5000, 20_000, 100_000])('of at most %d bytes is cut at a line, and says so', (most) => {
    const hostile = many.map((one) => ({ ...one, message: `${one.message} ${'ä|<'.repeat(600)}` }));
    const providers = Array.from({ length: 12 }, (_, index) => providerReport(`p${index}`, { status: 'failed', problems: hostile }));
    const markdown = reportMarkdown(runReport({ status: 'failed', exitCode: 1, providers }), most);
    expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(most);
    expect(markdown).toContain('This page was cut');
    expect(markdown.endsWith('\n')).toBe(true);
    expect(markdown.match(/<details>/g)?.length).toBe(markdown.match(/<\/details>/g)?.length);
  });

  it('is whole where it fits', () => {
    const whole = reportMarkdown(runReport());
    expect(reportMarkdown(runReport(), Buffer.byteLength(whole) + 200)).toBe(whole);
  });
});

describe('failureMarkdown', () => {
  it('tells of every problem', () => {
    const problems = [{ path: 'a|b', message: 'is <wrong>' }];
    const error = { kind: 'config', message: 'the config has 1 problem', problems } as const;
    expect(failureMarkdown({ schemaVersion: 1, exitCode: 78, error })).toBe(
      '## kpi: failed\n\nExit 78: the config has 1 problem\n\n- a\\|b: is &lt;wrong&gt;\n',
    );
  });
});
