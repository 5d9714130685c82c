import { expect, it } from 'vitest';
import { installedText } from './installed.ts';

it('says what was done, and what is left to do', () => {
  const done = { file: 'kpi.config.json', reference: './kpi.config.schema.json' };
  expect(installedText({ ...done, action: 'added', written: 'kpi.config.schema.json' }, undefined)).toBe(
    'wrote kpi.config.schema.json\nkpi.config.json now names its schema: ./kpi.config.schema.json\n',
  );
  expect(installedText({ ...done, action: 'ready' }, undefined)).toBe(
    'kpi.config.json names its schema already: ./kpi.config.schema.json\n',
  );
  expect(installedText({ ...done, action: 'changed' }, undefined)).toMatch(/^kpi\.config\.json now names another schema/);
  const byHand = installedText({ ...done, file: 'kpi.config.ts', action: 'by-hand' }, 80);
  expect(byHand).toContain('  $schema: "./kpi.config.schema.json",\n');
  expect(Math.max(...byHand.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(installedText({ ...done, file: 'kpi.config.ts', action: 'by-hand' }, undefined).split('\n')).toHaveLength(3);
});
