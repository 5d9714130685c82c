/** A row takes up to a tenth of a millisecond. */
const itemsABreath = 200;

/** The items, with a turn for signals, timers and the other providers every few: a list that waits for nothing would have them wait. */
export async function* breathing<T>(items: Iterable<T>): AsyncGenerator<T> {
  let unbroken = 0;
  for (const item of items) {
    yield item;
    unbroken += 1;
    if (unbroken < itemsABreath) continue;
    unbroken = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
