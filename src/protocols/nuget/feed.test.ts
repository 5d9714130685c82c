import { describe, expect, it, onTestFinished } from 'vitest';
import { nuget } from '../../providers/nuget/index.ts';
import { collectAll } from '../../testing/context.ts';
import { transportFault } from '../../testing/stand-in.ts';
import { faults, type NugetOptions, type NugetPackage, startNuget } from '../../testing/stand-ins/nuget/index.ts';

const world: readonly NugetPackage[] = ['Akka', 'Akka.Hosting', 'Petabridge.Cmd'].map((id, index) => ({
  id,
  owners: 'petabridge',
  versions: [{ version: '1.0.0', downloads: 1000 * (index + 1) }],
}));

async function feed(options: Partial<NugetOptions> = {}) {
  const standIn = await startNuget({ packages: world, ...options });
  onTestFinished(() => standIn.close());
  return standIn;
}

function withUser(address: string): string {
  return address.replace('http://', 'http://ada:p%40ss@');
}
const basic = `Basic ${Buffer.from('ada:p@ss').toString('base64')}`;

describe('search endpoints', () => {
  it('that are down are told of once, and not asked again while another answers', async () => {
    const standIn = await feed({ behind: [0, 25] });
    standIn.misbehave(transportFault('502-html', ({ path }) => path === '/search/0/query'));
    const { points, problems, notices, errors } = await collectAll(nuget, {
      packages: world.map(({ id }) => id),
      serviceIndex: standIn.serviceIndex,
    });
    expect(points.map(({ fields }) => fields.total_downloads)).toEqual([975, 1975, 2975]);
    expect([problems, errors.size]).toEqual([[], 0]);
    expect(notices).toEqual([{ item: new URL(standIn.url).host, message: expect.stringContaining('the numbers are those of the others') }]);
    expect(standIn.bites).toBe(4); // The tries of one call.
  });

  it('that are down are asked again when the others fail', async () => {
    const standIn = await feed();
    // First the one is away, then the other.
    standIn.misbehave({
      ...transportFault('404'),
      when: ({ path, query }) => path === (query.get('q')?.endsWith('Akka') ? '/search/0/query' : '/search/1/query'),
      act: ({ send, request }) => send(request.path === '/search/0/query' ? { status: 503 } : { status: 404 }),
    });
    const { points, errors } = await collectAll(nuget, { packages: ['Akka', 'Akka.Hosting'], serviceIndex: standIn.serviceIndex });
    expect(errors.size).toBe(0);
    expect(points.map(({ fields }) => fields.total_downloads)).toEqual([1000, 1975]);
  });

  it('that all fail are the error of each package', async () => {
    const standIn = await feed();
    standIn.misbehave(faults['502-html']);
    const { points, errors, notices } = await collectAll(nuget, { packages: ['Akka', 'Akka.Hosting'], serviceIndex: standIn.serviceIndex });
    expect(points).toEqual([]);
    expect([...errors.keys()]).toEqual(['package Akka', 'package Akka.Hosting']);
    expect(errors.get('package Akka')).toMatchObject({ name: 'TransientError', kind: 'server' });
    expect(notices).toEqual([]);
  });

  it.each(['SearchQueryService/3.5.0', 'SearchQueryService/3.0.0-rc', 'SearchQueryService/3.0.0-beta'])(
    'are all of %s',
    async (searchType) => {
      // The index names an address of the plain type too, which answers nothing.
      const standIn = await feed({ searchType });
      const { points } = await collectAll(nuget, { packages: ['Akka'], serviceIndex: standIn.serviceIndex });
      expect(points).toHaveLength(1);
      expect(standIn.requests.map(({ path }) => path)).toEqual(['/v3/index.json', '/search/0/query', '/search/1/query']);
    },
  );

  it('may be at another origin, which gets no credentials', async () => {
    const elsewhere = await feed();
    const standIn = await feed({ packages: [], searchUrl: elsewhere.url });
    const { points } = await collectAll(nuget, { packages: ['Akka'], serviceIndex: withUser(standIn.serviceIndex) });
    expect(points).toHaveLength(1);
    expect(standIn.requests.map(({ headers }) => headers.authorization)).toEqual([basic]);
    expect(elsewhere.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  it('of the same origin get the user of the service index', async () => {
    const standIn = await feed();
    const { points } = await collectAll(nuget, { packages: ['Akka'], serviceIndex: withUser(standIn.serviceIndex) });
    expect(points).toHaveLength(1);
    expect(standIn.requests.map(({ headers }) => headers.authorization)).toEqual([basic, basic, basic]);
  });

  it('are missed where a service index names none', async () => {
    const standIn = await feed();
    standIn.misbehave({ name: 'missing-field', act: ({ send }) => send({ body: { version: '3.0.0', resources: [] } }) });
    const { errors } = await collectAll(nuget, { packages: ['Akka'], serviceIndex: withUser(standIn.serviceIndex) });
    expect(errors.get('connect')?.message).toMatch(/names no search service/);
    expect(errors.get('connect')?.message).not.toMatch(/ada|p%40ss|p@ss/);
  });
});
