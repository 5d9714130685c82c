import { describe, expect, it, onTestFinished } from 'vitest';
import { nuget } from '../../providers/nuget/index.ts';
import { collectAll } from '../../testing/context.ts';
import { bodyFault, type Fault } from '../../testing/stand-in.ts';
import { type NugetOptions, type NugetPackage, startNuget } from '../../testing/stand-ins/nuget/index.ts';

const versions = [{ version: '1.0.0', downloads: 700 }];
const shared: NugetPackage = { id: 'Akka', owners: ['akkadotnet', 'petabridge'], versions };
const own: NugetPackage = { id: 'Petabridge.Cmd', owners: 'Petabridge', versions };
const other: NugetPackage = { id: 'Akka.Hosting', owners: 'somebody-else', versions };
const world = [shared, own, other];

async function collect(options: NugetOptions & { readonly fault?: Fault }, settings: Readonly<Record<string, unknown>>) {
  const standIn = await startNuget(options);
  onTestFinished(() => standIn.close());
  standIn.misbehave(options.fault);
  const collected = await collectAll(nuget, { ...settings, serviceIndex: standIn.serviceIndex });
  expect(standIn.unexpected).toEqual([]);
  return { standIn, ...collected, packages: collected.points.map(({ tags }) => tags.package) };
}

describe('an owner', () => {
  it('brings all its packages, whatever form their owners have', async () => {
    const { packages, problems, errors } = await collect({ packages: world }, { owners: ['petabridge'] });
    expect(packages).toEqual(['Akka', 'Petabridge.Cmd']);
    expect([problems, errors.size]).toEqual([[], 0]);
  });

  it('has each package from the endpoint with the highest total', async () => {
    const { points } = await collect({ packages: world, behind: [25, 0, 7] }, { owners: ['petabridge'] });
    expect(points.map(({ fields }) => fields.total_downloads)).toEqual([700, 700]);
  });

  it('does not bring again what is named, or what another owner brought', async () => {
    const settings = { packages: ['AKKA'], owners: ['petabridge', 'akkadotnet', 'somebody-else'] };
    const { packages, problems } = await collect({ packages: world }, settings);
    expect(packages).toEqual(['Akka', 'Petabridge.Cmd', 'Akka.Hosting']);
    expect(problems).toEqual([]);
  });

  it('of nothing is an error', async () => {
    const { packages, errors } = await collect({ packages: world }, { owners: ['nobody'] });
    expect(packages).toEqual([]);
    expect(errors.get('owner nobody')).toMatchObject({ kind: 'not-found' });
  });

  it('is paged to the end', async () => {
    const { packages, problems, standIn } = await collect({ packages: many(2300) }, { owners: ['petabridge'] });
    expect(new Set(packages).size).toBe(2300);
    expect(problems).toEqual([]);
    expect(standIn.requests.slice(1, 4).map(({ query }) => [query.get('skip'), query.get('take')])).toEqual([
      ['0', '1000'],
      ['1000', '1000'],
      ['2000', '1000'],
    ]);
    expect(standIn.requests).toHaveLength(1 + 2 * 3);
  });

  it('is paged to the end where pages are smaller than asked', async () => {
    const { packages, problems } = await collect({ packages: many(70), pageSize: 20 }, { owners: ['petabridge'] });
    expect(new Set(packages).size).toBe(70);
    expect(problems).toEqual([]);
  });

  it('with more packages than a search tells leaves a line for the rest', async () => {
    const { packages, problems, standIn } = await collect({ packages: many(4321), behind: [0] }, { owners: ['petabridge'] });
    expect(packages).toHaveLength(4000);
    const message = '321 of 4321 packages were not listed: a search is not answered past 4000 packages';
    expect(problems).toEqual([{ item: 'petabridge', kind: 'incomplete', message }]);
    expect(standIn.requests.at(-1)?.query.get('skip')).toBe('3000');
  });

  it('blames small pages where they keep it from what a search may tell', async () => {
    const { packages, problems } = await collect({ packages: many(4321), pageSize: 700, behind: [0] }, { owners: ['petabridge'] });
    expect(packages).toHaveLength(3500);
    const reason = 'a search skips 3000 packages at most, and its pages are so small that they end at 3500';
    const message = `821 of 4321 packages were not listed: ${reason}`;
    expect(problems).toEqual([{ item: 'petabridge', kind: 'incomplete', message }]);
  });

  it.each([
    ['repeats itself', (skip: number) => (skip === 2000 ? 1000 : skip), 'pages repeated', 2000],
    ['breaks off', (skip: number) => (skip === 2000 ? undefined : skip), 'the list breaks off after 2000', 2000],
  ])('of more than a search tells, whose list %s, is not blamed on their number', async (_, other, reason, count) => {
    const fault: Fault = {
      name: 'page-twice',
      when: ({ query }) => query.has('skip'),
      async act({ request, usual, send }) {
        const skip = other(Number(request.query.get('skip')));
        if (skip === undefined) return send({ body: { totalHits: 4321, data: [] } });
        request.query.set('skip', String(skip));
        send(await usual());
      },
    };
    const { packages, problems } = await collect({ packages: many(4321), behind: [0], fault }, { owners: ['petabridge'] });
    expect(packages).toHaveLength(count);
    expect(problems.map(({ message }) => message)).toEqual([`${4321 - count} of 4321 packages were not listed: ${reason}`]);
  });

  it('loses one bad item, and no other', async () => {
    const fault = bodyFault('number-as-string', ({ totalHits, data }) =>
      data ? { totalHits, data: [data[0], { ...data[1], totalDownloads: '700' }, { downloads: 7 }, null, ...data.slice(2)] } : undefined,
    );
    const { packages, problems } = await collect(
      { packages: [...world, { ...own, id: 'Third' }], behind: [0], fault },
      { owners: ['petabridge'] },
    );
    expect(packages).toEqual(['Akka', 'Third']);
    expect(problems.map(({ item, kind }) => [item, kind])).toEqual([
      ['Petabridge.Cmd', 'invalid-answer'],
      ['item 3 of petabridge', 'invalid-answer'],
      ['item 4 of petabridge', 'invalid-answer'],
    ]);
    expect(problems[0]?.message).toContain('totalDownloads');
  });

  it('refuses a page that holds more than any page may', async () => {
    const fault = bodyFault('endless-pages', ({ totalHits, data }) => (data ? { totalHits, data: Array(1001).fill({}) } : undefined));
    const { points, problems, errors, requests } = await collect({ packages: world, behind: [0], fault }, { owners: ['petabridge'] });
    expect([points, problems]).toEqual([[], []]);
    const message = expect.stringContaining('more than 1000 packages on one page');
    expect([...errors.values()]).toEqual([expect.objectContaining({ kind: 'invalid-answer', message })]);
    expect(requests).toBe(2);
  });

  it('keeps ids apart that only look alike in lower case', async () => {
    const kelvin = { ...own, id: 'A\u212aka' };
    const { packages } = await collect({ packages: [shared, kelvin] }, { owners: ['petabridge'] });
    expect(packages).toEqual(['Akka', 'A\u212aka']);
  });

  it('has a bad item from the endpoint that tells it well', async () => {
    const fault = bodyFault(
      'negative',
      ({ totalHits, data }) => ({ totalHits, data: data.map((one: object) => ({ ...one, totalDownloads: -1 })) }),
      ({ path }) => path === '/search/0/query',
    );
    const { packages, problems, standIn } = await collect({ packages: world, fault }, { owners: ['petabridge'] });
    expect(standIn.bites).toBe(1);
    expect(packages).toEqual(['Akka', 'Petabridge.Cmd']);
    expect(problems).toEqual([]);
  });

  it('is not taken from a feed that ignores the owner and answers with all packages', async () => {
    const { packages, errors } = await collect({ packages: [other, { ...other, id: 'B' }], understands: [] }, { owners: ['petabridge'] });
    expect(packages).toEqual([]);
    expect(errors.get('owner petabridge')).toMatchObject({ kind: 'invalid-answer', message: expect.stringContaining('those of others') });
  });

  it('does not get a package of others that is among its own', async () => {
    const { packages, problems } = await collect({ packages: world, understands: [], behind: [0] }, { owners: ['petabridge'] });
    expect(packages).toEqual(['Akka', 'Petabridge.Cmd']);
    expect(problems).toEqual([{ item: 'Akka.Hosting', kind: 'invalid-answer', message: expect.stringContaining('somebody-else') }]);
  });

  it('is asked in smaller pages where a page is too large', async () => {
    const fault: Fault = {
      name: '413',
      when: ({ query }) => Number(query.get('take')) > 100,
      act: ({ send }) => send({ status: 413, body: 'too large' }),
    };
    const { packages, problems, standIn } = await collect({ packages: many(200), behind: [0], fault }, { owners: ['petabridge'] });
    expect(standIn.requests.slice(1).map(({ query }) => [query.get('skip'), query.get('take')].join())).toEqual([
      ...['0,1000', '0,500', '0,250', '0,125', '0,63'],
      ...['63,63', '126,63', '189,63'],
    ]);
    expect([packages.length, problems]).toEqual([200, []]);
  });
});

function many(count: number): readonly NugetPackage[] {
  return Array.from({ length: count }, (_, index) => ({ id: `Package.${index}`, owners: ['petabridge'], versions }));
}
