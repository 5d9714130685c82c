import { describe, expect, it } from 'vitest';
import { problem, providerReport, runReport, sinkReport } from '../testing/report.ts';
import { annotations, failureAnnotations, harmless, maskCommand } from './workflow-commands.ts';

describe('annotations', () => {
  it('are an error a problem, a warning a notice; the worst first', () => {
    const report = runReport({
      providers: [
        providerReport('nuget', { status: 'partial', problems: [problem('not listed', { kind: 'not-found', item: 'Akka' })] }),
        providerReport('github', { status: 'failed', problems: [problem('the token is wrong', { kind: 'unauthorized' })] }),
      ],
      sinks: [sinkReport('local', { problems: [problem('late', { severity: 'notice', kind: 'notice' })] })],
    });
    expect(annotations(report)).toEqual([
      '::error title=kpi github%3A failed::the token is wrong (unauthorized)',
      '::error title=kpi nuget%3A partial::Akka: not listed (not-found)',
      '::warning title=kpi sink local%3A ok::late (notice)',
    ]);
    expect(annotations(runReport())).toEqual([]);
  });

  it('are at most 10 of each, the last of which counts the rest', () => {
    const many = (severity: 'error' | 'notice') =>
      Array.from({ length: 150 }, (_, index) => problem(`what ${index}`, { severity, kind: 'server', item: `item ${index}` }));
    const problems = [...many('error'), ...many('notice')];
    const lines = annotations(runReport({ providers: [providerReport('github', { status: 'partial', problems })] }));
    for (const level of ['error', 'warning']) {
      const of = lines.filter((line) => line.startsWith(`::${level} `));
      expect(of).toHaveLength(10);
      expect(of[9]).toBe(`::${level} title=kpi::141 more: see the summary of this job, or the report`);
    }
    expect(lines).toHaveLength(20);
  });

  it('say once what many have in common', () => {
    const problems = Array.from({ length: 300 }, (_, index) => problem('gone', { kind: 'not-found', item: `x/${index}` }));
    expect(annotations(runReport({ providers: [providerReport('github', { status: 'partial', problems })] }))).toEqual([
      '::error title=kpi github%3A partial::x/0, x/1, x/2 and 297 more: gone (not-found)',
    ]);
  });

  it('stay one line and one message, whatever is in them', () => {
    const hostile = 'a::error::b\r\n::set-output name=x::y\u2028%0A::warning::,file=/etc/passwd ##[add-path]/tmp \u001b[31m';
    const report = runReport({
      providers: [providerReport(hostile, { status: 'failed', problems: [problem(hostile, { item: hostile, target: hostile })] })],
    });
    const [line = '', ...more] = annotations(report);
    expect(more).toEqual([]);
    expect(line).not.toMatch(/[\p{Cc}\p{Zl}]/u);
    const [, title, message] = /^::error title=([^:,]*)::(.*)$/.exec(line) ?? [];
    expect(decoded(title ?? '')).toBe(`kpi ${visible(hostile)}: failed`);
    expect(decoded(message ?? '')).toContain(visible(hostile));
  });

  it('are short', () => {
    const report = runReport({ providers: [providerReport('x', { status: 'failed', problems: [problem('%'.repeat(5000))] })] });
    expect(annotations(report)[0]?.length).toBeLessThan(4000);
  });
});

/** As the runner reads it. */
function decoded(text: string): string {
  return text.replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
}

function visible(text: string): string {
  return text.replace('\r', '\\r').replace('\n', '\\n').replace('\u2028', '\\u{2028}').replace('\u001b', '\\x1b');
}

describe('failureAnnotations', () => {
  it('are the message and each problem that it does not say', () => {
    const problems = [
      { path: 'providers.github.token', message: 'is missing' },
      { path: 'x', message: 'of the config' },
    ];
    const error = { kind: 'config', message: '2 problems of the config', problems } as const;
    expect(failureAnnotations({ schemaVersion: 1, exitCode: 78, error })).toEqual([
      '::error title=kpi::2 problems of the config',
      '::error title=kpi::providers.github.token: is missing',
    ]);
  });
});

it('maskCommand hides each line of a value', () => {
  expect(maskCommand('50%\nof it')).toBe('::add-mask::50%25%0Aof it');
});

describe('harmless', () => {
  it.each([
    ['::error::x', '\\::error::x'],
    ['a\n \t::add-mask::x\n::y', 'a\n \t\\::add-mask::x\n\\::y'],
    ['see ##[add-path]/tmp', 'see ##\\u005badd-path]/tmp'],
    ['std::vector, a: b\n: x', 'std::vector, a: b\n: x'],
  ])('%j', (text, shown) => {
    expect(harmless(text)).toBe(shown);
  });

  it('leaves JSON the same JSON', () => {
    const value = { a: '##[error]x', b: ['::error::y'] };
    expect(JSON.parse(harmless(JSON.stringify(value, null, 2)))).toEqual(value);
  });
});
