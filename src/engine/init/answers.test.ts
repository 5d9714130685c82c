import { describe, expect, it } from 'vitest';
import type { Setup } from '../../sdk/setup.ts';
import { entryOf, questionsFor, settingNamed } from './answers.ts';

const setup: Setup = {
  questions: [
    { setting: 'server', ask: 'Which?', choices: ['old', 'new'] },
    { setting: 'orgs[].name', ask: 'Whose?', example: 'ada' },
    { setting: 'repos[]', ask: 'Which?' },
    { setting: 'path', ask: 'Where?', default: 'x.db' },
    { setting: 'db', ask: 'Which?', when: { setting: 'server', is: ['new'] } },
  ],
  secrets: [
    { setting: 'token', variable: 'THE_TOKEN', what: 'a token', scope: 'nothing', when: { setting: 'server', is: ['new'] } },
    { setting: 'key', variable: 'THE_KEY', what: 'a key', scope: 'nothing' },
  ],
};
const asking = { name: 'made', setup };

describe('entryOf', () => {
  it('puts words where their questions say, and secrets as variables', () => {
    const typed = { 'orgs[].name': 'ada,  bob eve', 'repos[]': 'a/b', server: 'new', db: ' kpi ' };
    expect(entryOf(asking, typed)).toEqual({
      server: 'new',
      orgs: [{ name: 'ada' }, { name: 'bob' }, { name: 'eve' }],
      repos: ['a/b'],
      path: 'x.db',
      db: 'kpi',
      token: '${THE_TOKEN}',
      key: '${THE_KEY}',
    });
  });

  it('takes the default or the first choice where nothing is answered, and leaves out what has neither, or is not asked', () => {
    expect(entryOf(asking, { 'orgs[].name': ' ', db: 'kpi' })).toEqual({ server: 'old', path: 'x.db', key: '${THE_KEY}' });
  });

  it('takes settings that nothing asks for: text, or JSON where it is some', () => {
    const typed = { 'a.b': 'true', 'a.c': '7', d: '1.5.0', e: '["x"]', f: '[x', key: '${OTHER}' };
    expect(entryOf({ name: 'made' }, typed)).toEqual({ a: { b: true, c: 7 }, d: '1.5.0', e: ['x'], f: '[x', key: '${OTHER}' });
    expect(entryOf(asking, { key: '${OTHER}' })).toMatchObject({ key: '${OTHER}' });
  });

  it('takes a whole list as JSON', () => {
    expect(entryOf(asking, { 'orgs[].name': '[{"name":"ada","exclude":["x"]}]' })).toMatchObject({
      orgs: [{ name: 'ada', exclude: ['x'] }],
    });
  });
});

it('asks only what the answers so far leave open', () => {
  expect(questionsFor(asking, {}).map((one) => one.setting)).not.toContain('db');
  expect(questionsFor(asking, { server: 'new' }).map((one) => one.setting)).toContain('db');
});

it('knows a setting by its own name too', () => {
  expect(['orgs', 'orgs[].name', 'repos', 'other.key'].map((one) => settingNamed(asking, one))).toEqual([
    'orgs[].name',
    'orgs[].name',
    'repos[]',
    'other.key',
  ]);
});
