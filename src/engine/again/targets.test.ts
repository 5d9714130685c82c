import { expect, it } from 'vitest';
import { z } from 'zod';
import { type AnyProvider, defineProvider } from '../../sdk/provider.ts';
import { failedTargets } from './targets.ts';

const provider: AnyProvider = defineProvider<object, { readonly city: string; readonly shops?: readonly string[] }>({
  name: 'shop',
  help: '',
  settings: z.object({}),
  example: {},
  measurements: () => [],
  limits: () => [],
  targets: () => [],
  narrow: (target, shops) => ({ ...target, shops }),
  label: ({ city }) => city.toUpperCase(),
  connect: () => Promise.reject(new Error('not here')),
});

it('narrows a target to the items that failed', () => {
  const failed = [
    { target: { city: 'Oslo' }, label: 'Oslo' },
    { target: { city: 'Riga' }, label: 'Riga', items: ['north'] },
  ];
  expect(failedTargets(provider, failed)).toEqual([{ city: 'Oslo' }, { city: 'Riga', shops: ['north'] }]);
  const { narrow: _, ...plain } = provider;
  expect(failedTargets(plain, failed)).toEqual([{ city: 'Oslo' }, { city: 'Riga' }]);
});

it('asks all where one of them is not known', () => {
  expect(failedTargets(provider, [{ target: { city: 'Oslo' }, label: 'Oslo' }, { label: 'secret' }])).toBeUndefined();
});

it('asks all where another version of the provider made them', () => {
  expect(failedTargets(provider, [{ target: { town: 'Oslo' }, label: 'Oslo' }])).toBeUndefined();
});
