import { expect, it } from 'vitest';
import { runReport } from '../testing/report.ts';
import { createPointStream } from './point-stream.ts';

const report = runReport({ dryRun: true });
const point = {
  measurement: 'github_repository',
  tags: { repo: 'octokit/octokit.rb' },
  fields: { stars: 3378, is_archived: false },
  time: new Date('2026-11-21T20:00:00.000Z'),
};

function streamed(points: number, end: Parameters<ReturnType<typeof createPointStream>['end']>[0]) {
  const writes: string[] = [];
  const stream = createPointStream((text) => writes.push(text));
  for (let index = 0; index < points; index++) stream.point(point);
  stream.end(end);
  return writes;
}

it.each([0, 1, 3])('is one JSON object with %i points and the report', (count) => {
  const parsed = JSON.parse(streamed(count, report).join(''));
  expect(parsed).toEqual({ ...report, points: Array.from({ length: count }, () => JSON.parse(JSON.stringify(point))) });
});

it('writes each point as it comes, on a line of its own', () => {
  const writes = streamed(2, report);
  expect(writes).toHaveLength(3);
  expect(
    writes
      .join('')
      .split('\n')
      .filter((line) => line.includes('octokit')),
  ).toEqual([
    '    {"measurement":"github_repository","tags":{"repo":"octokit/octokit.rb"},"fields":{"stars":3378,"is_archived":false},"time":"2026-11-21T20:00:00.000Z"},',
    '    {"measurement":"github_repository","tags":{"repo":"octokit/octokit.rb"},"fields":{"stars":3378,"is_archived":false},"time":"2026-11-21T20:00:00.000Z"}',
  ]);
});

it('is still one JSON object when an error ends it', () => {
  const error = { schemaVersion: 1, exitCode: 70, error: { kind: 'defect', message: 'x', problems: [] } } as const;
  expect(JSON.parse(streamed(0, error).join(''))).toEqual(error);
  expect(JSON.parse(streamed(2, error).join(''))).toMatchObject({ ...error, points: { length: 2 } });
});
