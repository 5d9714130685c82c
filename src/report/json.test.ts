import { expect, it } from 'vitest';
import { runReport } from '../testing/report.ts';
import { json } from './json.ts';

it('prints data as JSON, with a line end', () => {
  const report = runReport();
  expect(json(report).endsWith('}\n')).toBe(true);
  expect(JSON.parse(json(report))).toEqual(report);
});

it('escapes what would steer a terminal, and loses nothing of it', () => {
  const given = { 'k\u009b': 'a\u0085\u202e\u{e0001}\u2028\ufeff ä😀' };
  expect(json(given)).not.toMatch(/[\u007f-\u009f\p{Cf}\p{Zl}]/u);
  expect(json(given)).toContain('ä😀');
  expect(JSON.parse(json(given))).toEqual(given);
});
