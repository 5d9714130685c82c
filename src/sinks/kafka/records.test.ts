import type { RecordsBatch } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { gauge, measurement } from '../../sdk/index.ts';
import { createMessages, declarationHash, declarationMessage, type Message } from './format.ts';
import { createReading, messagesIn, offsetBehind, type StoredMessage } from './records.ts';

const views = measurement('page_views', { help: 'Views.', time: 'event', tags: { page: 'its path' }, fields: { views: gauge() } });
const entry = {
  point: views.of({ tags: { page: '/' }, fields: { views: 3 }, time: new Date('2026-11-20T07:08:09.123Z') }),
  runId: 'run-ü',
  collectedAt: new Date('2026-11-21T20:00:00.000Z'),
  provisional: true,
};
const hash = declarationHash(views);

function stored(message: Message, own: Readonly<Record<string, string>> = {}): StoredMessage {
  const headers = [...message.headers].map(([name, text]) => [name, Buffer.from(own[String(name)] ?? String(text))] as const);
  return { offset: 1n, key: message.key, value: message.value, headers };
}

const written = createMessages(() => hash)(entry);

describe('reading', () => {
  it('gives back what was written', () => {
    const read = createReading();
    expect(read(stored(written))).toEqual({ is: 'entry', entry, hash });
    expect(read(stored(declarationMessage(views)))).toEqual({ is: 'declaration', declaration: JSON.parse(JSON.stringify(views)), hash });
  });

  it('takes no headers of one message for those of the next', () => {
    const read = createReading();
    const runs = ['run-1', 'run-1', 'run-2', 'run-1'].map((run) => read(stored(written, { 'kpi-run-id': run })));
    expect(runs.map((one) => one.is === 'entry' && one.entry.runId)).toEqual(['run-1', 'run-1', 'run-2', 'run-1']);
  });

  it.each([
    ['kpi-format', '2', 'its format is 2, and this kpi reads 1: update kpi'],
    ['kpi-run-id', '', 'its headers are not those that kpi writes'],
    ['kpi-collected-at', '2026-11-21', 'its headers are not those that kpi writes'],
    ['kpi-provisional', 'yes', 'its headers are not those that kpi writes'],
    ['kpi-measurement-hash', '', 'its headers are not those that kpi writes'],
  ])('finds the header %s: %s unreadable', (name, value, reason) => {
    expect(createReading()(stored(written, { [name]: value }))).toEqual({ is: 'unreadable', reason });
  });

  it.each([
    '',
    'null',
    '[]',
    '{',
    '{"measurement":1,"tags":{},"fields":{},"time":"2026-11-20T07:08:09.123Z"}',
    '{"measurement":"a","tags":{"page":1},"fields":{},"time":"2026-11-20T07:08:09.123Z"}',
    '{"measurement":"a","tags":[],"fields":{},"time":"2026-11-20T07:08:09.123Z"}',
    '{"measurement":"a","tags":{},"fields":{},"time":"2026-11-31T07:08:09.123Z"}',
    '{"measurement":"a","tags":{},"fields":{},"time":"2026-11-20T07:08:09Z"}',
    '{"measurement":"a","tags":{},"fields":{},"time":1}',
  ])('finds the value %s unreadable', (value) => {
    const read = createReading()({ ...stored(written), value: Buffer.from(value) });
    expect(read).toEqual({ is: 'unreadable', reason: 'its value is not the JSON of a point' });
  });

  it('finds a message without headers or without a value unreadable', () => {
    expect(createReading()({ ...stored(written), headers: [] })).toMatchObject({ reason: expect.stringContaining('no header kpi-format') });
    expect(createReading()({ ...stored(written), value: null })).toMatchObject({ reason: 'it has no value' });
  });
});

describe('the messages of batches', () => {
  const record = { length: 0, attributes: 0, timestampDelta: 0n, key: null, value: null, headers: [] };
  const batch = (firstOffset: bigint, count: number, attributes = 0) =>
    ({
      firstOffset,
      lastOffsetDelta: count - 1,
      attributes,
      records: Array.from({ length: count }, (_, offsetDelta) => ({ ...record, offsetDelta })),
    }) as unknown as RecordsBatch;

  it('begin where it was asked, though brokers give whole batches', () => {
    const all = [batch(10n, 5), batch(15n, 2)];
    expect([...messagesIn(all, 13n)].map(({ offset }) => offset)).toEqual([13n, 14n, 15n, 16n]);
    expect(offsetBehind(all, 13n)).toBe(17n);
  });

  it('are none of those that tell of transactions, which are passed', () => {
    const all = [batch(10n, 1, 0b10_0000)];
    expect([...messagesIn(all, 10n)]).toEqual([]);
    expect(offsetBehind(all, 10n)).toBe(11n);
    expect(offsetBehind([], 10n)).toBe(10n);
  });
});
