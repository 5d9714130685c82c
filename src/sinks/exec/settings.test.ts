import { describe, expect, it } from 'vitest';
import { Settings } from './settings.ts';

const good = { command: ['./store'] };

describe('exec: settings', () => {
  it('need a program, and nothing else', () => {
    expect(Settings.parse(good)).toMatchObject({ env: {}, secrets: {}, timeout: '20s', batch: 1000, rerun: 'appends' });
    expect(Settings.parse(good).kinds).toHaveLength(9);
  });

  it.each([
    ['no program', { command: [] }, 'command', /name a program/],
    ['an empty program', { command: [''] }, 'command', /begin with a program/],
    ['a command line', { command: './store --quiet' }, 'command', /array/],
    ['an argument that cannot be', { command: ['a', 'b\0'] }, 'command.1', /NUL/],
    ['a variable that cannot be', { ...good, env: { A: '\0' } }, 'env.A', /NUL/],
    ['a name that is none', { ...good, env: { 'a-b': 'x' } }, 'env.a-b', /letters, digits and _|key/],
    ['a name of kpi', { ...good, env: { KPI_FORMAT: '2' } }, 'env.KPI_FORMAT', /only variables of kpi/],
    ['a name twice', { ...good, env: { A: 'x' }, secrets: { A: 'x' } }, 'env.A', /name it once/],
    ['too long a time', { ...good, timeout: '26s' }, 'timeout', /at most 25s/],
    ['no time', { ...good, timeout: '0s' }, 'timeout', /duration/],
    ['no points', { ...good, batch: 0 }, 'batch', /1/],
    ['too many points', { ...good, batch: 10_001 }, 'batch', /10000/],
    ['no kind', { ...good, kinds: [] }, 'kinds', /1/],
    ['a kind twice', { ...good, kinds: ['gauge', 'gauge'] }, 'kinds.1', /second time/],
    ['an unknown kind', { ...good, kinds: ['gauges'] }, 'kinds.0', /gauge/],
  ])('refuse %s', (_, settings, path, message) => {
    const issues = Settings.safeParse(settings).error?.issues ?? [];
    expect(issues.map((issue) => issue.path.join('.'))).toEqual([path]);
    expect(issues[0]?.message).toMatch(message);
  });
});
