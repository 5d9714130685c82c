import { expect, it } from 'vitest';
import { createFound } from './found.ts';

const time = new Date('2026-11-21T20:00:00.000Z');
const plain = (text: string) => text;

it('counts all, and keeps the first 20 values of any number', () => {
  const found = createFound('sales', plain);
  for (let part = 0; part < 30; part++) {
    const one = createFound('sales', plain);
    one.add();
    one.leave();
    one.leave();
    one.change({ tags: { city: `${part}` }, time }, [
      { field: 'a', old: part, new: part + 1 },
      { field: 'b', old: undefined, new: true },
    ]);
    found.join(one);
  }
  const changes = found.changes();
  expect(changes).toMatchObject({ measurement: 'sales', added: 30, changed: 30, left: 60, values: 60 });
  expect(changes.samples).toHaveLength(20);
  expect(changes.samples[1]).toEqual({ tags: { city: '0' }, time: time.toISOString(), field: 'b', old: null, new: true });
});

it('cuts long texts, without what is secret in them', () => {
  const found = createFound('notes', (text) => text.replaceAll('hunter22', '***'));
  found.change({ tags: {}, time }, [{ field: 'note', old: `${'x'.repeat(497)}hunter22${'y'.repeat(99)}`, new: 'short' }]);
  expect(found.changes().samples[0]).toMatchObject({ old: `${'x'.repeat(497)}***…`, new: 'short' });
});
