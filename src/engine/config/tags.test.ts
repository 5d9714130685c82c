import { describe, expect, it } from 'vitest';
import { gauge, measurement } from '../../sdk/measurement.ts';
import { createRedactor } from '../redact.ts';
import { tagNameProblem, tagValueProblem } from './tags.ts';

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

describe('tagValueProblem', () => {
  const redactor = createRedactor();
  redactor.add('s3cr3t-value');

  it('takes what is no secret', () => {
    expect(tagValueProblem('growth', redactor)).toBeUndefined();
  });

  it.each(['s3cr3t-value', 'a s3cr3t-value b', Buffer.from('user:s3cr3t-value').toString('base64')])(
    'refuses the secret in "%s"',
    (value) => {
      expect(tagValueProblem(value, redactor)).toBe(
        'holds a secret, or a variable whose name says that it is one, and would stand in every point; give it another value',
      );
    },
  );

  it('refuses a NUL character', () => {
    expect(tagValueProblem('a\0b', redactor)).toBe('holds a NUL character, which no store takes');
  });
});
