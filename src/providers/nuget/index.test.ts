import { describe, expect, it, onTestFinished } from 'vitest';
import type { Point } from '../../sdk/index.ts';
import { collectAll } from '../../testing/context.ts';
import { providerContract } from '../../testing/contract/provider.ts';
import { type FaultName, faultNames } from '../../testing/stand-in.ts';
import { cannot, faults, type NugetPackage, startNuget } from '../../testing/stand-ins/nuget/index.ts';
import { nuget } from './index.ts';

providerContract(nuget, {
  async start() {
    const standIn = await startNuget({ packages: many(12), pageSize: 8 });
    const serviceIndex = standIn.serviceIndex.replace('http://', 'http://ada:a-long-password@');
    const settings = { packages: ['package.3', 'Package.11'], owners: ['PETABRIDGE'], versions: true, serviceIndex };
    return { settings, standIn, close: () => standIn.close() };
  },
  // Both endpoints: each package, and two pages of the owner.
  requests: ['GET /v3/index.json', ...Array(4).fill('GET /search/0/query'), ...Array(4).fill('GET /search/1/query')],
  points: 24,
});

describe('nuget: targets', () => {
  it('are each package and each owner once, in whatever case', () => {
    const settings = nuget.settings.parse({ packages: ['Akka', 'akka', 'Akka.Hosting', 'AKKA'], owners: ['A', 'a'] });
    const labels = nuget.targets(settings, { windows: {} }).map((target) => nuget.label(target));
    expect(labels).toEqual(['package Akka', 'package Akka.Hosting', 'owner A']);
  });

  it('share one limit with all instances at the same origin', () => {
    const limits = ['https://a.example/v3/index.json', 'https://ada:secret@a.example/other/index.json'].map((serviceIndex) =>
      nuget.limits(nuget.settings.parse({ packages: ['Akka'], serviceIndex })),
    );
    expect(limits[0]).toEqual(limits[1]);
    expect(limits[0]).toMatchObject([{ key: ['nuget', 'https://a.example'] }]);
  });

  it('bring versions only when asked', () => {
    const names = [false, true].map((versions) =>
      nuget.measurements(nuget.settings.parse({ packages: ['Akka'], versions })).map(({ name }) => name),
    );
    expect(names).toEqual([['nuget_package'], ['nuget_package', 'nuget_package_version']]);
  });
});

describe('nuget: judge', () => {
  const judge = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    nuget.judge?.({ error: undefined, number: 1, response: { status, headers: new Headers(headers), body: JSON.stringify(body) } });

  it("reads the wait from NuGet's words", () => {
    const words = { statusCode: 429, message: 'Rate limit is exceeded. Try again in 56 seconds.' };
    expect(judge(429, words)).toMatchObject({ name: 'TransientError', kind: 'rate-limited', retryAfterMs: 56_000 });
    expect(judge(429, words, { 'retry-after': '3' })).toBeUndefined();
    expect(judge(429, { message: 'slow down' })).toBeUndefined();
  });

  it('knows a quota that is used up', () => {
    expect(judge(403, { statusCode: 403, message: 'Quota exceeded.' })).toMatchObject({ name: 'BlockedError', kind: 'quota' });
    expect(judge(403, { message: 'Forbidden' })).toBeUndefined();
    expect(nuget.judge?.({ error: new Error('x'), number: 1 })).toBeUndefined();
  });
});

describe('nuget: faults of the upstream', () => {
  it('are known, each', () => {
    const known = [...Object.keys(faults), ...Object.keys(cannot)];
    expect(known.sort()).toEqual([...faultNames].sort());
  });

  /** What is a true number all the same. */
  const harmless: readonly FaultName[] = ['500-then-well', 'extra-field', 'falling-counter', 'missing-field', 'redirect-other-origin'];

  it.each(Object.keys(faults) as FaultName[])('%s: no false point, and it is told', async (name) => {
    const standIn = await startNuget({ packages: many(30), pageSize: 10, behind: [0] });
    onTestFinished(() => standIn.close());
    const owned = name === 'page-twice' || name === 'endless-pages';
    const asked = {
      ...(owned ? { owners: ['petabridge'] } : { packages: ['Package.1'], versions: true }),
      serviceIndex: standIn.serviceIndex,
    };
    const good = await collectAll(nuget, asked);
    expect(good.points.length).toBeGreaterThan(1);
    const fault = faults[name];
    if (!fault) throw new Error('no such fault');
    standIn.misbehave(fault);
    const bad = await collectAll(nuget, asked, { timeoutMs: 150 });
    expect(standIn.bites).toBeGreaterThan(0);
    expect(standIn.unexpected).toEqual([]);
    if (harmless.includes(name)) {
      expect(bad.errors.size + bad.problems.length).toBe(0);
      expect(bad.points.length).toBe(good.points.length);
      return;
    }
    expect(bad.errors.size + bad.problems.length).toBeGreaterThan(0);
    const told = new Set(good.points.map(spelt));
    if (name !== 'endless-pages') expect(bad.points.filter((point) => !told.has(spelt(point)))).toEqual([]);
    for (const { message } of [...bad.errors.values(), ...bad.problems]) expect(message).toMatch(/^\S[^\n]{15,}$/);
  });
});

function many(count: number): readonly NugetPackage[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `Package.${index}`,
    owners: ['petabridge'],
    versions: [{ version: '1.0.0', downloads: 1000 + index }],
  }));
}

function spelt({ measurement, tags, fields }: Point): string {
  return JSON.stringify([measurement, tags, fields]);
}
