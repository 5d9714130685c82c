import { describe, expect, it } from 'vitest';
import { Failed } from './failed.ts';
import { beginHop, enter, failed, type Hop, sumOf } from './hop.ts';
import type { Phase } from './order.ts';

function hop(ms: Hop['ms'], phase?: Phase): Hop {
  return { phase, ms, mark: 0 };
}

describe('the phases of a hop', () => {
  it('are entered one after the other', () => {
    const one = beginHop();
    enter(one, 'connect');
    enter(one, 'firstByte');
    enter(one, undefined);
    expect(Object.keys(one.ms)).toEqual(['connect', 'firstByte']);
    expect(one.phase).toBeUndefined();
  });

  it('add up over the hops', () => {
    const hops = [hop({ connect: 1, firstByte: 2 }), hop({ dns: 3, connect: 4, tls: 5, firstByte: 6, transfer: 7 })];
    expect(['dns', 'connect', 'tls', 'firstByte', 'transfer'].map((phase) => sumOf(hops, phase as Phase))).toEqual([3, 5, 5, 8, 7]);
  });

  it('have no sum from where the last was cut short', () => {
    const hops = [hop({ dns: 1, connect: 1, tls: 1, firstByte: 1 }), hop({ dns: 2 }, 'connect')];
    expect(['dns', 'connect', 'tls', 'firstByte', 'transfer'].map((phase) => sumOf(hops, phase as Phase))).toEqual([
      3,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('that did not occur have no sum', () => {
    expect(sumOf([hop({ connect: 1 })], 'tls')).toBeUndefined();
    expect(sumOf([], 'tls')).toBeUndefined();
  });
});

describe('an error', () => {
  const never = new AbortController().signal;
  const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

  it('says what became of the site', () => {
    expect(failed(reset, hop({}, 'firstByte'), never)).toMatchObject({ broke: 'reset', message: 'ECONNRESET (firstByte)' });
  });

  it('is the signal’s, once that is aborted: it is what destroyed the socket', () => {
    expect(failed(reset, hop({}, 'firstByte'), AbortSignal.abort(new Failed('timeout', 'late')))).toMatchObject({ broke: 'timeout' });
  });

  it('stays as it is when it says nothing of the site', () => {
    const defect = new TypeError('undefined is not a function');
    expect(failed(defect, hop({}, 'firstByte'), never)).toBe(defect);
  });
});
