import { describe, expect, it, onTestFinished } from 'vitest';
import { createLimiter } from '../../engine/limiter.ts';
import type { Limit } from '../../sdk/provider.ts';
import { createTestClock } from '../../testing/clock.ts';
import { type CollectAllOptions, collectAll } from '../../testing/context.ts';
import { providerContract } from '../../testing/contract/provider.ts';
import { type StackoverflowOptions, type StackTag, startStackoverflow } from '../../testing/stand-ins/stackoverflow/index.ts';
import { stackoverflow, type Target } from './index.ts';
import type { Settings } from './settings.ts';

const key = 'abcdefghij((0123456789';
const tags: readonly StackTag[] = [
  { name: 'typescript', questions: 230_000, unanswered: 70_000, noAnswers: 30_000, byDay: { '2026-11-20': 5, '2026-11-21': 1 } },
  { name: 'c#', questions: 1_600_000, byDay: { '2026-11-19': 7, '2026-11-20': 2 } },
];

function days(from: string, to: string) {
  return { windows: { stackoverflow_questions: { from: new Date(from), to: new Date(to) } } };
}

providerContract(stackoverflow, {
  async start() {
    const standIn = await startStackoverflow({ tags, key });
    return { settings: { tagged: ['typescript', 'C#'], key, baseUrl: standIn.baseUrl }, standIn, close: () => standIn.close() };
  },
  asked: days('2026-11-20T00:00:00Z', '2026-11-21T20:00:00Z'),
  requests: [
    'GET /2.3/tags/typescript;c%23/info',
    ...['unanswered', 'no-answers'].flatMap((list) => Array(2).fill(`GET /2.3/questions/${list}`)),
    ...Array(4).fill('GET /2.3/questions'),
  ],
  points: 6,
});

async function collect(
  given: Partial<StackoverflowOptions>,
  settings: Readonly<Record<string, unknown>> = {},
  options: CollectAllOptions = {},
) {
  const clock = createTestClock();
  const standIn = await startStackoverflow({ tags, now: () => clock.now(), ...given });
  onTestFinished(() => standIn.close());
  const seen = await collectAll(stackoverflow, { tagged: ['typescript'], baseUrl: standIn.baseUrl, ...settings }, { clock, ...options });
  expect(standIn.unexpected).toEqual([]);
  return { standIn, ...seen };
}

describe('a tag', () => {
  it('is told as it stands, spelt as the site spells it', async () => {
    const { points } = await collect({}, { tagged: ['TypeScript'] });
    expect(points).toEqual([
      {
        measurement: 'stackoverflow_tag',
        tags: { site: 'stackoverflow', tag: 'typescript' },
        fields: { questions: 230_000, unanswered: 70_000, no_answers: 30_000 },
        time: new Date('2026-11-21T20:00:00Z'),
      },
    ]);
  });

  it('that the site does not have is an error and no zero, and the others are collected', async () => {
    const asked = days('2026-11-20T00:00:00Z', '2026-11-21T20:00:00Z');
    const { points, errors, standIn } = await collect({}, { tagged: ['typoscript', 'typescript'] }, { asked });
    expect(points.map((point) => point.tags.tag)).toEqual(['typescript', 'typescript', 'typescript']);
    expect([...errors]).toEqual([
      [
        'tag typoscript',
        expect.objectContaining({ kind: 'not-found', message: expect.stringContaining('stackoverflow has no tag typoscript') }),
      ],
    ]);
    expect(standIn.requests.filter(({ query }) => query.get('tagged') === 'typoscript')).toEqual([]);
  });

  it('is found with nineteen others in one call', async () => {
    const many = Array.from({ length: 45 }, (_, place) => ({ name: `tag-${place}` }));
    const { standIn, points } = await collect({ tags: many }, { tagged: many.map(({ name }) => name) });
    expect(points).toHaveLength(45);
    const finding = standIn.requests.filter(({ path }) => path.endsWith('/info')).map(({ path }) => path.split(';').length);
    expect(finding).toEqual([20, 20, 5]);
  });

  it('of another site of the network is counted there', async () => {
    const { points, standIn } = await collect({ site: 'meta.askubuntu' }, { site: 'meta.askubuntu' });
    expect(points.map((point) => point.tags)).toEqual([{ site: 'meta.askubuntu', tag: 'typescript' }]);
    expect(new Set(standIn.requests.map(({ query }) => query.get('site')))).toEqual(new Set(['meta.askubuntu']));
  });
});

describe('the questions of a day', () => {
  it('are those from its first second to its last, and none is 0', async () => {
    const only = ['stackoverflow_questions'];
    const asked = { ...days('2026-11-18T00:00:00Z', '2026-11-21T20:00:00Z'), only };
    const { points } = await collect({}, { tagged: ['typescript', 'c#'] }, { asked });
    expect(points.map(({ tags: { tag }, fields, time }) => [tag, time.toISOString().slice(0, 10), fields.questions])).toEqual([
      ['typescript', '2026-11-21', 1],
      ['typescript', '2026-11-20', 5],
      ['typescript', '2026-11-19', 0],
      ['typescript', '2026-11-18', 0],
      ['c#', '2026-11-21', 0],
      ['c#', '2026-11-20', 2],
      ['c#', '2026-11-19', 7],
      ['c#', '2026-11-18', 0],
    ]);
  });

  it('are not those of the day at whose midnight a window ends', async () => {
    const { points } = await collect({}, {}, { asked: days('2026-11-19T00:00:00Z', '2026-11-20T00:00:00Z') });
    expect(points.filter(({ measurement }) => measurement === 'stackoverflow_questions').map(({ time }) => time.toISOString())).toEqual([
      '2026-11-19T00:00:00.000Z',
    ]);
  });
});

describe('targets', () => {
  const settings = stackoverflow.settings.parse({ tagged: ['A', 'b', 'a'] }) as Settings;
  const window = days('2026-11-20T00:00:00Z', '2026-11-21T20:00:00Z');
  const plan = (asked: Parameters<typeof stackoverflow.targets>[1]) => stackoverflow.targets(settings, asked) as readonly Target[];

  it('are each tag once', () => {
    expect(plan(window).map((target) => stackoverflow.label(target))).toEqual(['tag a', 'tag b']);
  });

  it('say what they cost', () => {
    expect(plan(window).map((target) => stackoverflow.cost?.(target))).toEqual([4, 4]);
    expect(plan({ ...window, only: ['stackoverflow_questions'] }).map((target) => stackoverflow.cost?.(target))).toEqual([2, 2]);
  });

  it('are none where nothing of them is wanted', () => {
    expect(plan({ windows: {}, only: ['stackoverflow_questions'] })).toEqual([]);
    expect(plan({ windows: {}, only: [] })).toEqual([]);
  });

  it('share one limit at one address: that of the key, or without one that of the address', () => {
    const limits = (extra: object) => stackoverflow.limits(stackoverflow.settings.parse({ tagged: ['a'], ...extra }))[0]?.key;
    expect(limits({ site: 'serverfault' })).toEqual(limits({}));
    expect(limits({})).toEqual(['stackexchange', 'https://api.stackexchange.com', undefined]);
    expect(JSON.stringify(limits({ key }))).not.toContain(key);
    expect(limits({ key })?.[2]).toBeDefined();
  });

  it('are asked for at most 20 times a second at one address, whatever their keys', async () => {
    const clock = createTestClock();
    const limiter = createLimiter({ clock, concurrency: 64 });
    const { signal } = new AbortController();
    const starts: number[] = [];
    const instances = [{}, { key }, { key: 'another-key-0123456789' }, { site: 'serverfault' }];
    await Promise.all(
      instances.map((extra) => {
        const [limit] = stackoverflow.limits(stackoverflow.settings.parse({ tagged: ['a'], ...extra }));
        return limiter.gate(limit as Limit).hold(signal, async (slot) => {
          for (let call = 0; call < 10; call += 1) {
            await slot.ready(signal);
            starts.push(clock.elapsed());
          }
        });
      }),
    );
    expect(starts).toEqual(Array.from({ length: 40 }, (_, index) => index * 50));
  });
});
