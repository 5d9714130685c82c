import { describe, expect, it } from 'vitest';
import { counter, gauge, measurement } from '../sdk/measurement.ts';
import { joined, withDeltas } from './measurements-of.ts';

const fields = { total: counter('{download}'), level: gauge() };
const package_ = measurement('package', { help: '', time: 'snapshot', tags: { id: '' }, fields });
const campaign = measurement('campaign', { help: '', time: 'event', tags: { id: '' }, fields });
const derived = {
  kind: 'gauge',
  unit: '{download}',
  help: 'How much total has grown since the last reading; absent after a fall, or where there was none.',
};

describe('differences', () => {
  it('are fields behind the others, of counters of snapshots alone', () => {
    const [one, other] = withDeltas([package_, campaign], ['total', 'level']);
    expect(Object.entries(one?.fields ?? {})).toEqual([...Object.entries(fields), ['total_delta', derived]]);
    expect(other).toBe(campaign);
  });

  it('are of one measurement where it is named', () => {
    expect(withDeltas([package_], ['other.total'])).toEqual([package_]);
    expect(withDeltas([package_], ['package.total'])[0]?.fields).toHaveProperty('total_delta');
    expect(withDeltas([package_])).toEqual([package_]);
  });

  it('of one instance are in the declaration that all of them share', () => {
    const [wide] = withDeltas([package_], ['total']);
    for (const all of [
      [wide, package_],
      [package_, wide],
    ])
      expect(joined(all as never)).toMatchObject([{ name: 'package', fields: { total_delta: derived } }]);
  });
});
