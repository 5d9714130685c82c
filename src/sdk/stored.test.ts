import { expect, it } from 'vitest';
import { counter, gauge, type Measurement } from './measurement.ts';
import { declarationDrift, declarationHash, mergedDeclaration } from './stored.ts';

const stored: Measurement = { name: 'm', help: 'M.', time: 'day', tags: { a: 'one' }, fields: { x: gauge(), old: gauge() } };

it('keeps what only the store still has', () => {
  const declared = { ...stored, help: 'Another.', fields: { x: gauge('ms'), more: gauge() } };
  expect(mergedDeclaration(stored, declared)).toEqual({ ...declared, fields: { x: gauge('ms'), more: gauge(), old: gauge() } });
  expect(declarationDrift(stored, declared)).toBeUndefined();
});

it('is another identity with other tags, and another meaning with another kind', () => {
  expect(declarationDrift(stored, { ...stored, tags: { b: 'two' } })).toBe('m is stored with the tags a, not b: give it a new name');
  expect(declarationDrift(stored, { ...stored, tags: {} })).toBe('m is stored with the tags a, not (none): give it a new name');
  expect(declarationDrift(stored, { ...stored, fields: { x: counter() } })).toBe(
    'the field x of m is stored as gauge, not counter: give it a new name',
  );
});

it('has a hash of 16 digits', () => {
  expect(declarationHash(stored)).toMatch(/^[0-9a-f]{16}$/);
  expect(declarationHash({ ...stored, help: 'Another.' })).not.toBe(declarationHash(stored));
});
