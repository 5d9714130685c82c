import { expect, it } from 'vitest';
import { completions } from './completion.ts';
import { bashScript } from './completion-bash.ts';
import { fishScript } from './completion-fish.ts';
import { zshScript } from './completion-zsh.ts';

const option = (helpValue: string) => ({ type: 'option', helpValue, summary: "It's one." });
const completed = completions(
  [
    { id: 'db:init', summary: 'Make ready.', flags: { sinks: option('A,B') } },
    {
      id: 'collect',
      summary: 'Ask: all.',
      flags: {
        config: option('FILE'),
        'fail-on': option('any|never'),
        at: option('TIME'),
        quiet: { type: 'boolean', summary: 'Say nothing.' },
        secret: { ...option('FILE'), hidden: true },
      },
    },
    { id: 'init', flags: { providers: option('A,B') } },
    { id: 'within', hidden: true, flags: {} },
  ],
  [{ name: 'db', description: 'The stores.' }],
);
const of = (command: string) => completed.find((one) => one.command === command);

it('knows commands, topics, flags and what their values are', () => {
  expect(completed.map(({ command }) => command)).toEqual(['', 'db', 'collect', 'db init', 'init']);
  expect(of('')?.next.map(({ word }) => word)).toEqual(['collect', 'db', 'help', 'init']);
  expect(of('')?.next[1]?.summary).toBe('The stores.');
  expect(of('db')?.next).toEqual([{ word: 'init', summary: 'Make ready.' }]);
  expect(of('collect')?.flags.map(({ flag, values }) => [flag, values])).toEqual([
    ['--config', { of: 'files' }],
    ['--fail-on', { of: 'words', words: ['any', 'never'] }],
    ['--at', { of: 'nothing' }],
    ['--quiet', undefined],
    ['--help', undefined],
  ]);
  expect(of('db init')?.flags[0]?.values).toEqual({ of: 'names', kind: 'sinks', list: true });
  expect(of('init')?.flags[0]?.values).toEqual({ of: 'names', kind: 'provider-types', list: true });
});

it('quotes what it says in each shell', () => {
  expect(zshScript(completed)).toContain("'--at:It'\\''s one.'");
  expect(zshScript(completed)).toContain("'collect:Ask: all.'");
  expect(fishScript(completed)).toContain("-d 'It\\'s one.'");
  expect(bashScript(completed)).toContain("        --fail-on) values=words words='any never' ;;\n");
});
