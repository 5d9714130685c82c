import { describe, expect, it } from 'vitest';
import { createNotes } from './notes.ts';

describe('createNotes', () => {
  it('keeps what is told, each once, in order', () => {
    const notes = createNotes();
    notes.problem(['a', 0], 'is wrong');
    notes.problem(['a', 0], 'is wrong');
    notes.problem(['a', 0], 'is too long');
    notes.warning(['b'], 'is odd');
    expect(notes.problems).toEqual([
      { path: 'a[0]', message: 'is wrong' },
      { path: 'a[0]', message: 'is too long' },
    ]);
    expect(notes.warnings).toEqual([{ path: 'b', message: 'is odd' }]);
  });

  it('passes each secret on at once, and once', () => {
    const heard: string[] = [];
    const notes = createNotes({ onSecret: (value) => heard.push(value) });
    for (const value of ['one', '', 'two', 'one']) notes.secret(value);
    expect(heard).toEqual(['one', 'two']);
    expect([...notes.secrets]).toEqual(['one', 'two']);
  });

  it('takes an unset variable for a problem, unless it is lenient', () => {
    const strict = createNotes();
    const lenient = createNotes({ lenient: true });
    for (const notes of [strict, lenient]) notes.missing(['a'], 'NAME', 'the variable NAME is not set');
    expect(strict.problems).toEqual([{ path: 'a', message: 'the variable NAME is not set' }]);
    expect(lenient.problems).toEqual([]);
    expect(lenient.unset).toEqual([{ path: 'a', variable: 'NAME' }]);
  });
});
