import { expect, it } from 'vitest';
import { inShell } from './shell.ts';

it.each([
  ['/tmp/x/.kpi', '/tmp/x/.kpi'],
  ['collect.yml', 'collect.yml'],
  ['/tmp/my dir', "'/tmp/my dir'"],
  ["it's", "'it'\\''s'"],
  ['a;b', "'a;b'"],
  ['$(x)', "'$(x)'"],
  ['~', "'~'"],
  ['', "''"],
])('types %j', (word, typed) => {
  expect(inShell(word)).toBe(typed);
});
