import { expect, it } from 'vitest';
import { runReport } from '../testing/report.ts';
import { json } from './json.ts';

it('prints data as JSON, with a line end', () => {
  const report = runReport();
  expect(json(report).endsWith('}\n')).toBe(true);
  expect(JSON.parse(json(report))).toEqual(report);
});
