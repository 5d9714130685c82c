import { describe, expect, it } from 'vitest';
import { counter, gauge, measurement } from '../../sdk/measurement.ts';
import { loadMadeUp, problemsOf, shop, shopEnv } from '../../testing/made-up.ts';
import { checkCounters } from './counters.ts';
import { createNotes } from './notes.ts';

const long = 'a'.repeat(60);
const declared = [
  measurement('package', {
    help: '',
    time: 'snapshot',
    tags: { id: '', opens_delta: '' },
    fields: { total_downloads: counter(), opens: counter(), sent: counter(), sent_delta: gauge(), level: gauge(), [long]: counter() },
  }),
  measurement('campaign', { help: '', time: 'event', tags: { id: '' }, fields: { clicks: counter() } }),
];

function problems(common: Parameters<typeof checkCounters>[0]): string[] {
  const notes = createNotes();
  checkCounters(common, declared, { name: 'nuget', path: ['providers', 'nuget'] }, notes);
  return notes.problems.map(({ path, message }) => `${path}: ${message}`);
}

describe('guards and deltas', () => {
  it('name counters of snapshots, alone or with their measurement', () => {
    expect(problems({ guards: { total_downloads: {}, 'package.opens': { min: 1 } }, deltas: ['package.total_downloads'] })).toEqual([]);
  });

  it('of what is none are refused, with the nearest or with all there are', () => {
    expect(problems({ guards: { total_download: {} }, deltas: ['packages.total_downloads', 'visits'] })).toEqual([
      'providers.nuget.guards.total_download: is no counter of "nuget"; did you mean "total_downloads"?',
      'providers.nuget.deltas[0]: is no counter of "nuget"; did you mean "package.total_downloads"?',
      `providers.nuget.deltas[1]: is no counter of "nuget"; there are total_downloads, opens, sent, ${long}`,
    ]);
  });

  it('of a field that is no total, or has no last reading, are refused in a sentence', () => {
    expect(problems({ guards: { level: {} }, deltas: ['campaign.clicks'] })).toEqual([
      'providers.nuget.guards.level: is a gauge, no counter: only totals that grow can be compared with their last reading',
      'providers.nuget.deltas[0]: is of campaign, whose points have times of their own (event): it has no last reading, as a snapshot has, that it could be compared with',
    ]);
  });

  it('a difference whose name is taken, or is none, is refused', () => {
    expect(problems({ deltas: ['opens', 'sent', long] })).toEqual([
      'providers.nuget.deltas[0]: would make the field opens_delta, which is already a tag of package',
      'providers.nuget.deltas[1]: would make the field sent_delta, which is already a field of package',
      `providers.nuget.deltas[2]: would make the field ${long}_delta, whose name is too long`,
    ]);
  });
});

describe('a guard in the config', () => {
  const withGuard = (guard: unknown) => ({ providers: { shop: { ...shop, guards: { sold: guard } } } });

  it.each<[object, string]>([
    [{ maxDrop: '5' }, 'providers.shop.guards.sold.maxDrop: must be a number from 0 on, or a part of the last reading, such as 5%'],
    [{ maxJump: -1 }, 'providers.shop.guards.sold.maxJump: must be at least 0'],
    [{ then: 'keep' }, 'providers.shop.guards.sold.then: must be "accept", "flag" or "hold"'],
    [{ maxdrop: 1 }, 'providers.shop.guards.sold.maxdrop: is not known here; did you mean "maxDrop"?'],
    [{ maxDrop: 1 }, 'providers.shop.guards.sold: is a gauge, no counter: only totals that grow can be compared with their last reading'],
  ])('%j: %s', async (guard, problem) => {
    expect(await problemsOf(withGuard(guard), { env: shopEnv })).toEqual([problem]);
  });

  it('that is not there is none', async () => {
    const [instance] = (await loadMadeUp({ providers: { shop: { ...shop, deltas: [] } } }, { env: shopEnv })).providers;
    expect(instance).not.toHaveProperty('guards');
  });
});
