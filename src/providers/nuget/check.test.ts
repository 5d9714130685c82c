import { expect, it } from 'vitest';
import { checkAll } from '../../testing/contract/check.ts';
import { transportFault } from '../../testing/stand-in.ts';
import { startNuget } from '../../testing/stand-ins/nuget/index.ts';
import { nuget } from './index.ts';

const packages = Array.from({ length: 30 }, (_, index) => ({
  id: `package.${index}`,
  owners: 'acme',
  versions: [{ version: '1.0.0', downloads: 1 }],
}));

async function checked(settings: object, own: { readonly isAway?: boolean; readonly serviceIndex?: string } = {}) {
  const standIn = await startNuget({ packages });
  if (own.isAway) standIn.misbehave(transportFault('502-html', ({ path }) => path.startsWith('/search')));
  try {
    return await checkAll(nuget, { serviceIndex: standIn.serviceIndex, ...settings });
  } finally {
    await standIn.close();
  }
}

it('finds the search service, the packages and the owners', async () => {
  expect((await checked({ packages: ['Package.3'], owners: ['ACME'] })).findings).toEqual([
    { check: 'access', status: 'ok', message: 'the service index names a search service' },
    { check: 'packages', status: 'ok', message: '1 of 1 are listed' },
    { check: 'owners', status: 'ok', message: '1 of 1 are listed' },
  ]);
});

it('names what is not listed: a warning, and an error where that is all', async () => {
  const { findings } = await checked({ packages: ['package.1', 'pakage.1', 'pakage.2'], owners: ['nobody'] });
  expect(findings.slice(1)).toMatchObject([
    { check: 'packages', status: 'warning', message: expect.stringMatching(/^no package pakage\.1 is listed.*; and 1 more like it$/) },
    { check: 'owners', status: 'error', message: expect.stringContaining('nobody'), mend: expect.stringContaining('"owners"') },
  ]);
});

it('asks for a few of very many', async () => {
  const { findings, counters } = await checked({ packages: packages.map(({ id }) => id) });
  expect(findings.at(-1)?.message).toBe('20 of 20 are listed (the first 20 of 30 were asked for)');
  // The service index, and each package at both endpoints.
  expect(counters.requests).toBe(41);
});

it('throws what is no matter of one name', async () => {
  const { findings, error } = await checked({ packages: ['package.1'] }, { isAway: true });
  expect(findings).toHaveLength(1);
  expect(error).toMatchObject({ kind: expect.stringMatching(/server|invalid-answer/) });
});
