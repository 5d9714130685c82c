import { describe, expect, it } from 'vitest';
import { distinctIds, Package, ServiceIndex } from './schema.ts';

describe('a service index', () => {
  it('keeps what is understood', () => {
    const good = { '@id': 'https://a.example/query', '@type': 'SearchQueryService', comment: 'x' };
    const resources = [good, { '@id': '/relative', '@type': 'SearchQueryService' }, { '@type': 'Catalog/3.0.0' }, null, 'text'];
    expect(ServiceIndex.parse({ version: '3.0.0', resources })).toEqual([
      { address: 'https://a.example/query', type: 'SearchQueryService' },
    ]);
  });
});

describe('a package', () => {
  const versions = [
    { version: '1.0.0', downloads: 3 },
    { version: '2.0.0-beta.1+sha.5114f85', downloads: 4 },
  ];

  it('has its versions without build metadata', () => {
    const read = Package.parse({ id: 'A', version: '2.0.0-beta.1+sha.5114f85', totalDownloads: 10, versions });
    expect(read.latest).toBe('2.0.0-beta.1');
    expect(read.versions?.map((one) => one.version)).toEqual(['1.0.0', '2.0.0-beta.1']);
  });

  it.each([
    ['told', { totalDownloads: 10, versions }, 10],
    ['zero when it is told to be zero', { totalDownloads: 0, versions }, 0],
    ['inferred when it is not told and the versions are whole', { versions }, 7],
    ['inferred when it is null', { totalDownloads: null, versions }, 7],
    ['unknown when a version lacks its number', { versions: [...versions, { version: '0.1.0' }] }, undefined],
    ['unknown when a version has a number that is none', { versions: [...versions, { version: '0.1.0', downloads: '7' }] }, undefined],
    ['unknown when the latest version is not in the list', { versions: versions.slice(0, 1) }, undefined],
    ['unknown without versions', {}, undefined],
    ['unknown with an empty list of versions', { versions: [] }, undefined],
    [
      'unknown when the sum is past what a number holds',
      {
        versions: [
          { version: '2.0.0-beta.1', downloads: 2 ** 53 - 1 },
          { version: '1.0.0', downloads: 1 },
        ],
      },
      undefined,
    ],
  ])('has a total that is %s', (_, own, total) => {
    expect(Package.parse({ id: 'A', version: '2.0.0-beta.1', ...own }).total).toBe(total);
  });

  it.each([-1, '10', 1.5, 2 ** 53, true, Number.POSITIVE_INFINITY])('is refused with a total of %j', (totalDownloads) => {
    expect(Package.safeParse({ id: 'A', version: '1.0.0', totalDownloads }).success).toBe(false);
  });

  it.each([
    ['one', 'petabridge', ['petabridge']],
    ['several', ['a', 'b'], ['a', 'b']],
    ['none', undefined, []],
  ])('has %s for owners', (_, owners, read) => {
    expect(Package.parse({ id: 'A', owners }).owners).toEqual(read);
  });
});

it('ids that differ in case only are one, and the first spelling stays', () => {
  expect(distinctIds(['Akka', 'akka', 'A\u212aka', 'AKKA'])).toEqual(['Akka', 'A\u212aka']);
});
