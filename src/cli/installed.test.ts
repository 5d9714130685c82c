import { expect, it } from 'vitest';
import { installedText } from './installed.ts';

it('says what was done, and what is left to do', () => {
  const done = { file: 'kpi.config.json', reference: './kpi.config.schema.json' };
  expect(installedText({ ...done, action: 'added', written: 'kpi.config.schema.json' })).toBe(
    'wrote kpi.config.schema.json\nkpi.config.json now names its schema: ./kpi.config.schema.json\n',
  );
  expect(installedText({ ...done, action: 'ready' })).toBe('kpi.config.json names its schema already: ./kpi.config.schema.json\n');
  expect(installedText({ ...done, action: 'changed' })).toMatch(/^kpi\.config\.json now names another schema/);
  const byHand = installedText({ ...done, file: 'kpi.config.ts', action: 'by-hand' });
  expect(byHand).toContain('  $schema: "./kpi.config.schema.json",\n');
  expect(Math.max(...byHand.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
});
