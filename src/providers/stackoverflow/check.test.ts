import { describe, expect, it, onTestFinished } from 'vitest';
import { checkAll, expectWellFormed } from '../../testing/contract/check.ts';
import { type StackoverflowOptions, startStackoverflow } from '../../testing/stand-ins/stackoverflow/index.ts';
import { stackoverflow } from './index.ts';

async function check(options: Partial<StackoverflowOptions>, settings: object) {
  const standIn = await startStackoverflow({ tags: [{ name: 'c#' }, { name: 'f#' }], ...options });
  onTestFinished(() => standIn.close());
  const seen = await checkAll(stackoverflow, { tagged: ['c#', 'f#'], baseUrl: standIn.baseUrl, ...settings });
  expectWellFormed(seen);
  expect(standIn.unexpected).toEqual([]);
  return { ...seen, told: seen.findings.map(({ check: name, status }) => `${name} ${status}`) };
}

describe('the check', () => {
  it('finds all well', async () => {
    const key = 'abcdefghij((0123456789';
    const { findings, told } = await check({ key }, { key });
    expect(told).toEqual(['credential ok', 'tags ok', 'filter ok']);
    expect(findings.map(({ message }) => message)).toContain('2 of 2 are tags of stackoverflow');
  });

  it('warns of a missing key', async () => {
    expect((await check({}, {})).told).toEqual(['credential warning', 'tags ok', 'filter ok']);
  });

  it('names tags that are missing', async () => {
    const some = await check({}, { tagged: ['c#', 'd#'] });
    expect(some.findings[1]).toMatchObject({ check: 'tags', status: 'warning', message: expect.stringContaining('no tag d#') });
    const all = await check({}, { tagged: ['d#', 'g#'] });
    expect(all.findings[1]).toMatchObject({ check: 'tags', status: 'error', message: expect.stringContaining('and 1 more like it') });
  });

  it('tells of a wrong key and a wrong site', async () => {
    expect((await check({}, { key: 'a-wrong-key-0123' })).error).toMatchObject({ kind: 'unauthorized' });
    expect((await check({}, { site: 'stackoverfow' })).error).toMatchObject({ kind: 'not-found' });
  });

  it('sees a filter that hides what is needed', async () => {
    const standIn = await startStackoverflow({ tags: [{ name: 'c#' }] });
    onTestFinished(() => standIn.close());
    standIn.misbehave({
      name: 'missing-field',
      when: ({ path }) => path.startsWith('/2.3/filters'),
      act: ({ send }) => send({ body: { items: [{ included_fields: ['.items', '.total', '.quota_max', '.quota_remaining'] }] } }),
    });
    const { findings } = await checkAll(stackoverflow, { tagged: ['c#'], baseUrl: standIn.baseUrl });
    expect(findings.at(-1)).toMatchObject({ check: 'filter', status: 'warning', message: expect.stringContaining('.backoff') });
  });
});
