import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { pointJson, seriesKey, seriesText } from './point.ts';

it('spells a series with its tag names by code unit', () => {
  expect(seriesText('m', { b: 'é', Z: '"', a: '1' })).toBe('["m",["Z","\\""],["a","1"],["b","é"]]');
});

it('keys a series by the first 16 hex digits of SHA-256', () => {
  const digest = createHash('sha256').update('["github_repository",["repo","octokit/octokit.rb"]]').digest('hex');
  expect(seriesKey('github_repository', { repo: 'octokit/octokit.rb' })).toBe(digest.slice(0, 16));
});

it('does not depend on the order in which tags were given', () => {
  expect(seriesKey('m', { a: '1', b: '2' })).toBe(seriesKey('m', { b: '2', a: '1' }));
});

it('is read by others as documented', () => {
  const point = {
    measurement: 'github_repository',
    tags: { repo: 'octokit/octokit.rb' },
    fields: { stars: 3378, is_archived: false },
    time: new Date('2026-11-21T20:00:00.000Z'),
  };
  expect(pointJson(point)).toBe(
    '{"measurement":"github_repository","tags":{"repo":"octokit/octokit.rb"},"fields":{"stars":3378,"is_archived":false},"time":"2026-11-21T20:00:00.000Z"}',
  );
});
