import { describe, expect, it } from 'vitest';
import { messageOf, PermanentError, TransientError } from '../../sdk/index.ts';
import { failureOf, refusalsIn, startFailure } from './answer.ts';
import type { Ended } from './process.ts';

const well: Ended = { how: 'exit', code: 0, signal: null, readAll: true, answer: '', lastWords: '' };

describe('failureOf', () => {
  it('finds none where the exit code is 0 and the input was read', () => {
    expect(failureOf(well, 'store', '20s')).toBeUndefined();
    expect(failureOf({ ...well, lastWords: 'done' }, 'store', '20s')).toBeUndefined();
  });

  it.each<[string, Partial<Ended>, string]>([
    ['75', { code: 75 }, 'store cannot store the points now, without a word on its standard error'],
    ['75 with words', { code: 75, lastWords: 'too busy' }, 'store cannot store the points now: too busy'],
    ['a signal', { how: 'signal', code: null, signal: 'SIGSEGV' }, 'store was ended by SIGSEGV, without a word on its standard error'],
    ['too long', { how: 'timeout', code: null, signal: 'SIGKILL' }, 'store did not end within 20s and was killed, without a word on its'],
    ['the end of the run', { how: 'cancelled', code: null, signal: 'SIGKILL' }, 'store was killed, since the run is over'],
  ])('takes %s for worth another try', (_, ended, message) => {
    const failure = failureOf({ ...well, ...ended }, 'store', '20s');
    expect(failure).toBeInstanceOf(TransientError);
    expect(messageOf(failure)).toContain(message);
  });

  it.each<[string, Partial<Ended>, string]>([
    ['another exit code', { code: 1, lastWords: 'no such table' }, 'store ended with exit code 1: no such table'],
    ['input that was not read', { readAll: false }, 'store ended with exit code 0 before it had read its input: 0 says that all of it is'],
    ['a flood', { how: 'flood' }, 'store wrote more than 16 MiB to its standard output and was killed: only refusals belong there'],
    ['an output that is held', { how: 'held' }, 'store has ended, and a process that it left behind holds its standard output'],
  ])('takes %s for final', (_, ended, message) => {
    const failure = failureOf({ ...well, ...ended }, 'store', '20s');
    expect(failure).toBeInstanceOf(PermanentError);
    expect(messageOf(failure)).toContain(message);
  });
});

describe('refusalsIn', () => {
  it('reads a refusal a line, in any order', () => {
    const answer = '{"index":4,"reason":" too old "}\r\n\n{"index": 0, "reason": "no such column", "code": 7}';
    expect(refusalsIn(answer, 5, 'store')).toEqual([
      { index: 0, reason: 'no such column' },
      { index: 4, reason: 'too old' },
    ]);
    expect(refusalsIn('', 5, 'store')).toEqual([]);
  });

  it.each([
    ['words', 'done'],
    ['an index behind the last', '{"index":5,"reason":"x"}'],
    ['an index before the first', '{"index":-1,"reason":"x"}'],
    ['an index that is none', '{"index":1.5,"reason":"x"}'],
    ['an index in words', '{"index":"1","reason":"x"}'],
    ['no reason', '{"index":1}'],
    ['an empty reason', '{"index":1,"reason":" "}'],
    ['a reason that is no text', '{"index":1,"reason":null}'],
    ['a list', '[{"index":1,"reason":"x"}]'],
    ['null', 'null'],
    ['half a line', '{"index":1,"rea'],
  ])('does not guess what %s means', (_, line) => {
    expect(() => refusalsIn(`{"index":0,"reason":"x"}\n${line}\n`, 5, 'store')).toThrow(
      'line 2 of the standard output of store is no refusal, {"index": 0, "reason": "…"} with an index of 0 to 4: anything else belongs on standard error',
    );
  });
});

describe('startFailure', () => {
  it.each([
    ['ENOENT', PermanentError, /its first line \(#!\) names a program that is not there/],
    ['EACCES', PermanentError, /may not be run here \(EACCES\)/],
    ['E2BIG', PermanentError, /too long/],
    ['ENOEXEC', PermanentError, /cannot be started \(ENOEXEC\): check "command"/],
    ['EAGAIN', TransientError, /cannot be started now \(EAGAIN\)/],
  ])('says what %s means', (code, kind, message) => {
    const failure = startFailure(Object.assign(new Error('spawn'), { code }), 'store');
    expect(failure).toBeInstanceOf(kind);
    expect(messageOf(failure)).toMatch(message);
  });

  it('knows nothing of other errors', () => {
    expect(startFailure(new TypeError('x'), 'store')).toBeUndefined();
  });
});
