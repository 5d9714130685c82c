import { expect, it } from 'vitest';
import { breathing } from './breathing.ts';

it('brings all items in their order, and gives others their turn every 200', async () => {
  const turns: number[] = [];
  let brought = 0;
  let isOver = false;
  const others = (async () => {
    while (!isOver) {
      turns.push(brought);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const items: number[] = [];
  for await (const item of breathing(Array.from({ length: 1001 }, (_, index) => index))) {
    items.push(item);
    brought += 1;
  }
  isOver = true;
  await others;
  expect(items).toEqual(Array.from({ length: 1001 }, (_, index) => index));
  expect([...new Set(turns)]).toEqual([0, 200, 400, 600, 800, 1000]);
});
