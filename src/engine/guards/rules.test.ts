import { expect, it } from 'vitest';
import { counter, gauge, measurement } from '../../sdk/measurement.ts';
import { rulesOf } from './rules.ts';

const fields = { total: counter('{x}', '', { guard: { maxDrop: 0, min: 1, then: 'hold' } }), opens: counter(), level: gauge() };
const package_ = measurement('package', { help: '', time: 'snapshot', tags: { id: '' }, fields });
const version = measurement('version', { help: '', time: 'snapshot', tags: { id: '' }, fields: { opens: counter() } });
const campaign = measurement('campaign', { help: '', time: 'event', tags: { id: '' }, fields: { opens: counter() } });
const declared = [package_, version, campaign];
const plain = (rules: ReturnType<typeof rulesOf>) => Object.fromEntries([...rules].map(([name, of]) => [name, Object.fromEntries(of)]));

it("without a word in the config, the provider's guards apply, to snapshots alone", () => {
  expect(plain(rulesOf(declared, {}))).toEqual({ package: { total: { guard: { maxDrop: 0, min: 1, then: 'hold' } } } });
});

it('the config changes a guard key by key, by the field and then by the measurement and field', () => {
  const guards = { total: { maxDrop: '5%' }, opens: { maxJump: 10 }, 'version.opens': { then: 'flag' } } as const;
  expect(plain(rulesOf(declared, { guards }))).toEqual({
    package: { total: { guard: { maxDrop: '5%', min: 1, then: 'hold' } }, opens: { guard: { maxJump: 10 } } },
    version: { opens: { guard: { maxJump: 10, then: 'flag' } } },
  });
});

it('a guard that accepts all is none, and a difference may be asked for all the same', () => {
  const rules = rulesOf(declared, { guards: { total: { then: 'accept' } }, deltas: ['package.total', 'opens'] });
  expect(plain(rules)).toEqual({
    package: { total: { delta: 'total_delta' }, opens: { delta: 'opens_delta' } },
    version: { opens: { delta: 'opens_delta' } },
  });
});
