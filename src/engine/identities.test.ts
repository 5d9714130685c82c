import { describe, expect, it } from 'vitest';
import { createIdentities, type Names } from './identities.ts';
import { createRedactor } from './redact.ts';

const known: Names = [
  ['1', 'x/a'],
  ['2', 'x/b'],
];

describe('what an upstream calls its things', () => {
  it('says nothing of what is called as before, or is new', () => {
    const identities = createIdentities(known, createRedactor());
    expect([identities.see('1', 'x/a'), identities.see('2', 'x/b')]).toEqual([undefined, undefined]);
    expect(identities.changed()).toBeUndefined();
    expect(identities.see('3', 'x/c')).toBeUndefined();
    expect(identities.changed()).toEqual([...known, ['3', 'x/c']]);
  });

  it('says once that one has another name', () => {
    const identities = createIdentities(known, createRedactor());
    expect(identities.see('1', 'x/new')).toBe('x/a is now x/new: its numbers go on in a new series');
    expect(identities.see('1', 'x/new')).toBeUndefined();
    expect(identities.changed()).toEqual([
      ['1', 'x/new'],
      ['2', 'x/b'],
    ]);
    expect(createIdentities(identities.changed() ?? [], createRedactor()).see('1', 'x/new')).toBeUndefined();
  });

  it('says that a name is another one’s now', () => {
    const identities = createIdentities(known, createRedactor());
    expect(identities.see('1', 'x/new')).toMatch('x/a is now x/new');
    expect(identities.see('9', 'x/a')).toBe('x/a is another one than in earlier runs: the series goes on with the numbers of this one');
  });

  it('says that two have changed their names with each other', () => {
    const identities = createIdentities(known, createRedactor());
    const message = 'is now x/b, which was the name of another: its numbers go on in the series of that one';
    expect(identities.see('1', 'x/b')).toBe(`x/a ${message}`);
    expect(identities.see('2', 'x/a')).toBe(`x/b ${message.replace('x/b', 'x/a')}`);
  });

  it('keeps nothing that holds a secret, or is no name', () => {
    const redactor = createRedactor();
    redactor.add('s3cr3t-value');
    const identities = createIdentities([], redactor);
    for (const name of ['x/s3cr3t-value', '', 'n'.repeat(301), 7 as never]) expect(identities.see('1', name)).toBeUndefined();
    expect(identities.changed()).toBeUndefined();
  });

  it('watches 50,000 at most', () => {
    const many: Names = Array.from({ length: 50_000 }, (_, index) => [String(index), `x/${index}`]);
    const identities = createIdentities(many, createRedactor());
    expect(identities.see('new', 'x/new')).toBeUndefined();
    expect(identities.changed()).toBeUndefined();
    expect(identities.see('7', 'x/seven')).toMatch('x/7 is now x/seven');
  });
});
