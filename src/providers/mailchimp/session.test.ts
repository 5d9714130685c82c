import { describe, expect, it } from 'vitest';
import { createTestContext } from '../../testing/context.ts';
import { mailchimp } from './index.ts';
import { createSession } from './session.ts';
import { Settings } from './settings.ts';

const apiKey = '0123456789abcdef0123456789abcdef-us19';

function bench(settings: object, answers: readonly unknown[]) {
  const asked: string[] = [];
  const todo = [...answers];
  const client = {
    ask: async (_: unknown, what: string) => {
      asked.push(what);
      const next = todo.shift();
      if (next instanceof Error) throw next;
      return next as never;
    },
  };
  const { context } = createTestContext(mailchimp, { apiKey });
  return { asked, context, session: createSession(client, Settings.parse({ apiKey, ...settings })) };
}

describe('a session', () => {
  const items = [{ id: 'aa11', name: 'A' }, { id: 'bb22' }];

  it('reads the lists once', async () => {
    const { session, context, asked } = bench({}, [{ items, total: 2 }]);
    const found = await session.listed(context);
    expect([...found]).toEqual([
      ['aa11', items[0]],
      ['bb22', items[1]],
    ]);
    expect(await session.listed(context)).toBe(found);
    expect(asked).toEqual(['lists']);
  });

  it('reads them again where that failed', async () => {
    const { session, context } = bench({}, [new Error('not now'), { items, total: 2 }]);
    await expect(session.listed(context)).rejects.toThrow('not now');
    expect((await session.listed(context)).size).toBe(2);
  });

  it('wants what the config names, or all', () => {
    const wanted = (settings: object) => ['aa11', 'none'].map((id) => bench(settings, []).session.wants(id));
    expect(wanted({})).toEqual([true, true]);
    expect(wanted({ lists: ['aa11'] })).toEqual([true, false]);
  });
});
