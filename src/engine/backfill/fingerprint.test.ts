import { expect, it } from 'vitest';
import { z } from 'zod';
import { gauge, measurement } from '../../sdk/measurement.ts';
import { defineProvider } from '../../sdk/provider.ts';
import { Secret } from '../../sdk/secret.ts';
import { defineSink } from '../../sdk/sink.ts';
import { fingerprint } from './fingerprint.ts';

const visits = measurement('visits', { help: '', time: 'day', tags: { city: '' }, fields: { n: gauge() }, history: {} });
const common = { enabled: true, selected: true, required: true };

function of(settings: unknown, more: object = {}, sinks: readonly object[] = [{}], declared = visits): string {
  const provider = defineProvider<object, string>({
    name: 'shop',
    help: '',
    settings: z.object({}),
    example: {},
    measurements: () => [visits],
    limits: () => [],
    targets: () => [],
    label: (target) => target,
    connect: () => Promise.reject(new Error('never')),
  });
  const sink = defineSink({
    name: 'store',
    help: '',
    settings: z.object({}),
    example: {},
    autoInit: true,
    accepts: () => ({ timestamps: 'any', rerun: 'merges', kinds: ['gauge'], batch: { entries: 1 } }),
    open: () => Promise.reject(new Error('never')),
  });
  const store = { ...common, name: 'store', type: 'store', sink, settings: { path: 'kpi.db' }, autoInit: true };
  return fingerprint(
    { ...common, name: 'shop', type: 'shop', provider, settings, tags: {}, ...more },
    declared,
    sinks.map((one) => ({ ...store, ...one })),
  );
}

it('is the same for the same, in whatever order, and with another secret', () => {
  expect(of({ a: 1, token: new Secret('one'), b: { c: 1, d: 2 } })).toBe(of({ b: { d: 2, c: 1 }, token: new Secret('two'), a: 1 }));
  expect(of({}, {}, [{}, { name: 'other' }])).toBe(of({}, {}, [{ name: 'other' }, {}]));
  expect(of({}, {}, [{}, { name: 'other', selected: false }])).toBe(of({}));
  expect(of({}, { required: false, name: 'renamed' })).toBe(of({}));
  expect(of({})).toMatch(/^[0-9a-f]{16}$/);
});

it('is another one where the answer would be', () => {
  const { history: _, ...timeless } = visits;
  const all = [
    of({}),
    of({ match: /a/ }),
    of({ match: /b/ }),
    of({ list: new Set(['a']) }),
    of({ list: new Map([['a', 1n]]) }),
    of({ list: [1, 2] }),
    of({ list: [2, 1] }),
    of({}, { tags: { team: 'growth' } }),
    of({}, { settleMs: 1 }),
    of({}, {}, []),
    of({}, {}, [{ settings: { path: 'other.db' } }]),
    of({}, {}, [{ only: ['visits'] }]),
    of({}, {}, [{}], { ...visits, fields: { ...visits.fields, m: gauge() } } as unknown as typeof visits),
    of({}, {}, [{}], timeless as typeof visits),
  ];
  expect(new Set(all).size).toBe(all.length);
});
