import { describe, expect, it, onTestFinished } from 'vitest';
import { createCompressor } from '../../../sinks/prometheus/snappy.ts';
import { type PrometheusOptions, startPrometheus } from './index.ts';
import { uncompress } from './snappy.ts';
import { readWriteRequest } from './write-request.ts';

const minute = 60_000;
const now = Date.parse('2026-11-21T20:00:00.000Z');

/** Protobuf by hand, of one label `a` and one sample. */
function body(samples: readonly (readonly [minutesAgo: number, value: number])[], labels: readonly string[] = ['__name__', 'm', 'a', 'b']) {
  const part = (field: number, bytes: Uint8Array) => Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes]);
  const parts: Buffer[] = [];
  for (let at = 0; at < labels.length; at += 2)
    parts.push(part(1, Buffer.concat([part(1, Buffer.from(labels[at] ?? '')), part(2, Buffer.from(labels[at + 1] ?? ''))])));
  for (const [ago, value] of samples) {
    const double = Buffer.alloc(8);
    double.writeDoubleLE(value);
    const stamp: number[] = [];
    for (let left = BigInt(now - ago * minute); left > 0n; left >>= 7n) stamp.push(Number(left & 127n) | (left > 127n ? 128 : 0));
    parts.push(part(2, Buffer.concat([Buffer.from([9]), double, Buffer.from([16, ...stamp])])));
  }
  return part(1, Buffer.concat(parts));
}

async function server(options: PrometheusOptions = {}) {
  const standIn = await startPrometheus({ newest: new Date(now), ...options });
  onTestFinished(() => standIn.close());
  const write = async (bytes: Uint8Array, more: Readonly<Record<string, string>> = {}) => {
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
      ...more,
    };
    const block = createCompressor().compress(bytes, bytes.length);
    const answer = await fetch(`${standIn.url}/api/v1/write`, { method: 'POST', headers, body: block });
    return `${answer.status} ${(await answer.text()).trim()}`;
  };
  return { standIn, write };
}

describe('the Prometheus stand-in: as 2.42 was measured', () => {
  it.each([
    [
      'in order',
      {},
      [
        [30, 1],
        [20, 2],
      ],
      '204 ',
    ],
    ['the same as the newest', {}, [[20, 2]], '204 '],
    ['another value of the newest', {}, [[20, 3]], '400 duplicate sample for timestamp'],
    ['older than the newest', {}, [[25, 1]], '400 out of order sample'],
    ['30 days back', {}, [[43_200, 1]], '400 out of bounds'],
    ['older than the newest, in the window', { outOfOrderWindow: 90 * 1440 * minute }, [[25, 1]], '204 '],
    ['two years back', { outOfOrderWindow: 90 * 1440 * minute, tooOldStatus: 500 }, [[1_051_200, 1]], '500 too old sample'],
    ['older than the newest, of Mimir', { server: 'mimir' }, [[25, 1]], '400 out of order sample'],
    ['two years back, of VictoriaMetrics', { server: 'victoriametrics' }, [[1_051_200, 1]], '204 '],
  ] as const)('%s', async (_, options, samples, expected) => {
    const { write } = await server(options);
    if (samples.length === 1) await write(body([[20, 2]]));
    expect(await write(body(samples))).toBe(expected);
  });

  it('stores nothing of a request with one bad sample, where Mimir stores the rest', async () => {
    for (const [name, stored] of [
      ['prometheus', 0],
      ['mimir', 1],
    ] as const) {
      const { standIn, write } = await server({ server: name });
      const both = Buffer.concat([body([[43_200, 1]]), body([[10, 1]], ['__name__', 'other'])]);
      expect(await write(both)).toBe('400 out of bounds');
      expect(standIn.samples()).toHaveLength(stored);
    }
  });

  it.each([
    ['labels that are not sorted', body([[1, 1]], ['a', 'b', '__name__', 'm']), /not sorted/],
    ['a label twice', body([[1, 1]], ['__name__', 'm', 'a', 'b', 'a', 'c']), /not sorted, or stand twice/],
    ['an empty label', body([[1, 1]], ['__name__', 'm', 'a', '']), /is empty/],
    ['no name', body([[1, 1]], ['a', 'b']), /invalid metric name/],
    ['a series twice', Buffer.concat([body([[2, 1]]), body([[1, 1]])]), /twice in one request/],
    [
      'samples out of order',
      body([
        [1, 1],
        [2, 1],
      ]),
      /order of their times/,
    ],
    ['no sample', body([]), /no sample/],
    ['NaN', body([[1, Number.NaN]]), /a sample is NaN/],
    ['half a message', body([[1, 1]]).subarray(0, 20), /unexpected EOF/],
    ['what is none', Buffer.from([0x3a, 0]), /no field 7/],
  ])('does not let pass %s', (_, bytes, message) => {
    expect(() => readWriteRequest(bytes)).toThrow(message);
  });

  it.each([
    ['no length', []],
    ['a literal that is cut', [5, 16, 97]],
    ['a copy from before the beginning', [8, 0, 97, 1, 5]],
    ['less than it says', [9, 0, 97]],
  ])('does not let pass Snappy of %s', (_, bytes) => {
    expect(() => uncompress(Uint8Array.from(bytes))).toThrow('snappy: corrupt input');
  });

  it('wants the headers of remote write', async () => {
    const { standIn, write } = await server();
    expect(await write(body([[1, 1]]), { 'content-encoding': 'gzip' })).toMatch(/^400/);
    expect(await write(body([[1, 1]]), { 'x-prometheus-remote-write-version': '2.0.0' })).toMatch(/^400/);
    expect(standIn.unexpected).toHaveLength(2);
  });
});
