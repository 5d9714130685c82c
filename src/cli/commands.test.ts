import { describe, expect, it } from 'vitest';
import { named, spaced } from './commands.ts';

const ids = ['collect', 'db:init', 'db:status', 'runs'];

describe('named', () => {
  it.each([
    [['collect'], { id: 'collect', length: 1 }],
    [['runs', 'r1'], { id: 'runs', length: 1 }],
    [['db', 'init'], { id: 'db:init', length: 2 }],
    [['db', 'init', 'more'], { id: 'db:init', length: 2 }],
    [['db:init', 'more'], { id: 'db:init', length: 1 }],
    [['db'], { id: undefined, length: 1 }],
    [[], { id: undefined, length: 0 }],
  ])('%j', (words, found) => {
    expect(named(words, ids)).toEqual(found);
  });

  it.each([
    [['rnus'], 'unknown command "rnus"; did you mean "runs"?'],
    [['dbb'], 'unknown command "dbb"; did you mean "db"?'],
    [['collect-all', 'x'], 'unknown command "collect-all"; did you mean "collect"?'],
    [['db', 'stats', 'x'], 'unknown command "db stats"; did you mean "db status"?'],
    [['db', 'zzzzzz'], 'unknown command "db zzzzzz"; see kpi db --help'],
    [['export', 'x'], 'the command export is not in this version'],
  ])('%j is none', (words, message) => {
    expect(() => named(words, ids)).toThrow(expect.objectContaining({ name: 'UsageError', message }));
  });
});

it('spells an id as it is typed', () => {
  expect(spaced('db:init')).toBe('db init');
});
