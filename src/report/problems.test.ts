import { expect, it } from 'vitest';
import { problem, providerReport, runReport, sinkReport } from '../testing/report.ts';
import { problemsByOwner } from './problems.ts';

it('has no owner where there is no problem', () => {
  expect(problemsByOwner(runReport(), 10)).toEqual([]);
});

it('tells the worst first, the run last when it only has notices', () => {
  const report = runReport({
    problems: [problem('an earlier run did not finish', { severity: 'notice' })],
    providers: [
      providerReport('partial', { status: 'partial', problems: [problem('a')] }),
      providerReport('noticed', { problems: [problem('b', { severity: 'notice' })] }),
      providerReport('failed', { status: 'failed', problems: [problem('c')] }),
    ],
    sinks: [sinkReport('local', { status: 'pending', problems: [problem('d')] })],
  });
  expect(problemsByOwner(report, 10).map((owner) => owner.name)).toEqual(['failed', 'partial', 'sink local', 'run', 'noticed']);
});

it('puts together what says the same, errors before notices', () => {
  const problems = [
    problem('is now x/new', { severity: 'notice', kind: 'renamed', item: 'x/old' }),
    problem('the token may not read it', { kind: 'forbidden', target: 'repos', item: 'a/b' }),
    problem('the whole upstream is away'),
    problem('the token may not read it', { kind: 'forbidden', target: 'repos', item: 'a/c' }),
  ];
  const [owner] = problemsByOwner(runReport({ providers: [providerReport('github', { status: 'partial', problems })] }), 10);
  expect(owner?.groups.map((group) => [group.severity, group.message, group.where])).toEqual([
    ['error', 'the token may not read it', ['repos › a/b', 'repos › a/c']],
    ['error', 'the whole upstream is away', []],
    ['notice', 'is now x/new', ['x/old']],
  ]);
  expect(owner).toMatchObject({ errors: 3, notices: 1, more: 0 });
});

it('names nothing twice: an item that the message names, or the target', () => {
  const where = (message: string, item: string, target?: string) => {
    const problems = [problem(message, { item, ...(target !== undefined && { target }) })];
    return problemsByOwner(runReport({ providers: [providerReport('github', { problems })] }), 10)[0]?.groups[0]?.where;
  };
  expect(where('GitHub finds no repository a/b1.', 'a/b1', 'a/a and 12 more')).toEqual(['a/a and 12 more']);
  expect(where('GitHub finds no repository "a/b1"', 'a/b1')).toEqual([]);
  expect(where('GitHub finds no repository a/b12', 'a/b1')).toEqual(['a/b1']);
  expect(where('GitHub finds no repository a/b.net', 'a/b')).toEqual(['a/b']);
  expect(where('b/ab and ab', 'ab')).toEqual([]);
  expect(where('is down', 'https://x.example', 'https://x.example')).toEqual(['https://x.example']);
});

it('counts what it does not show: beyond the cap, and what the report itself left out', () => {
  const problems = Array.from({ length: 30 }, (_, index) => problem(`message ${index}`));
  const report = runReport({ providers: [providerReport('github', { status: 'partial', problemCount: 5000, problems })] });
  expect(problemsByOwner(report, 10)[0]).toMatchObject({ groups: { length: 10 }, more: 4990 });
});
