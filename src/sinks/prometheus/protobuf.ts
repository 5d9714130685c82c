/**
 * The little of protobuf that remote write needs: four messages without options, which a library of reflection would be slower at and
 * larger than. https://protobuf.dev/programming-guides/encoding/ https://prometheus.io/docs/specs/prw/remote_write_spec/#protobuf-message
 */
import type { MetricType } from './naming.ts';

const utf8 = new TextEncoder();

/** `MetricMetadata.MetricType`. https://github.com/prometheus/prometheus/blob/main/prompb/types.proto */
const typeNumbers: Readonly<Record<MetricType, number>> = { counter: 1, gauge: 2, histogram: 3, summary: 5, info: 6 };

/** A varint of an integer of at most 2^53, in two's complement of 64 bits where it is negative. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  bytes.push(Number(left));
  return Uint8Array.from(bytes);
}

/** How many bytes the varint of a length takes. */
export function varintSize(length: number): number {
  return length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : length < 268_435_456 ? 4 : 5;
}

/** A label as a part of a `TimeSeries`. */
export function labelBytes(name: string, value: string): Uint8Array {
  return part(1, joined([part(1, utf8.encode(name)), part(2, utf8.encode(value))]));
}

/** A `MetricMetadata` as a part of a `WriteRequest`. */
export function metadataBytes(metric: {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
}): Uint8Array {
  const unit = metric.unit === '' ? [] : [part(5, utf8.encode(metric.unit))];
  const type = Uint8Array.of(1 << 3, typeNumbers[metric.type]);
  return part(3, joined([type, part(2, utf8.encode(metric.name)), part(4, utf8.encode(metric.help)), ...unit]));
}

/** A field that has a length: a message or a text. */
function part(field: number, bytes: Uint8Array): Uint8Array {
  return joined([Uint8Array.of((field << 3) | 2), varint(bytes.length), bytes]);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const bytes of parts) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}
