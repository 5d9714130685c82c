import { describe, expect, it } from 'vitest';
import { gauge, measurement } from '../../sdk/measurement.ts';
import { tagNameProblem } from './tags.ts';

const shop = measurement('shop', { help: 'A shop.', time: 'snapshot', tags: { city: 'where' }, fields: { sales: gauge() } });

describe('tagNameProblem', () => {
  it.each(['team', 'cost_centre', 'a1'])('takes %s', (name) => {
    expect(tagNameProblem(name, [shop])).toBeUndefined();
  });

  it.each([
    ['Team', 'is no name of a tag: it must match ^[a-z][a-z0-9_]{0,62}$'],
    ['cost-centre', 'is no name of a tag: it must match ^[a-z][a-z0-9_]{0,62}$'],
    ['run_id', 'is no name of a tag: kpi uses it itself; choose another'],
    ['city', 'is already a tag of shop; choose another name'],
    ['sales', 'is already a field of shop; choose another name'],
  ])('%s %s', (name, expected) => {
    expect(tagNameProblem(name, [shop])).toBe(expected);
  });
});
