import { expect, it } from 'vitest';
import { PermanentError } from '../sdk/errors.ts';
import type { Problem } from '../sdk/report.ts';
import { createTally } from './tally.ts';

it('keeps the first thousand, counts all, and tells of all', () => {
  const recorded: Problem[] = [];
  const tally = createTally(
    (text) => text,
    (problem) => recorded.push(problem),
  );
  for (let index = 0; index < 1500; index++)
    tally.add({ severity: index % 3 === 0 ? 'notice' : 'error', kind: 'notice', message: String(index) });
  expect([tally.count, tally.errors, tally.problems.length, recorded.length]).toEqual([1500, 1000, 1000, 1500]);
});

it('cuts what is too long, after secrets were taken out', () => {
  const tally = createTally(
    (text) => text.replaceAll('secret', '***'),
    () => {},
  );
  tally.add({ severity: 'error', kind: 'server', message: `${'x'.repeat(1997)}secret${'y'.repeat(1e6)}`, item: 'z'.repeat(1000) });
  const [problem] = tally.problems;
  expect([problem?.message.length, problem?.message.endsWith('***…'), problem?.item?.length]).toEqual([2001, true, 501]);
});

it('takes secrets out of every part', () => {
  const tally = createTally(
    (text) => text.replaceAll('secret', '***'),
    () => {},
  );
  tally.addError(new PermanentError('a secret', { kind: 'forbidden' }), { target: 'secret target', item: 'secret item' });
  expect(tally.problems).toEqual([{ severity: 'error', kind: 'forbidden', message: 'a ***', target: '*** target', item: '*** item' }]);
});

it('takes out what V8 quotes of what it could not parse, also where nobody judged the error', () => {
  const tally = createTally(
    (text) => text.replaceAll('MIIEvSECRET', '***'),
    () => {},
  );
  const text = '{"type":"service_account","private_key":MIIEvSECRET0123456789}';
  let thrown: unknown;
  try {
    JSON.parse(text);
  } catch (error) {
    thrown = error;
  }
  expect(String(thrown)).toContain('MIIEvSECRE"...');
  tally.addError(thrown);
  tally.add({ severity: 'error', kind: 'defect', message: `a stray failure: ${String(thrown)}` });
  expect(tally.problems.map(({ message }) => message)).toEqual([
    'what is not valid JSON',
    'a stray failure: SyntaxError: what is not valid JSON',
  ]);
});

it('calls what nobody knows a defect, and a disk that fails unavailable', () => {
  const tally = createTally(
    (text) => text,
    () => {},
  );
  tally.addError(new RangeError('x'));
  tally.addError('text');
  tally.addError(Object.assign(new Error('the disk is full'), { kind: 'unavailable' }));
  expect(tally.problems.map((problem) => problem.kind)).toEqual(['defect', 'defect', 'unavailable']);
});
