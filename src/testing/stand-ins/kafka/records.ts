import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { wireReader } from './wire.ts';

export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestamp: number;
}

const compressions: Readonly<Record<number, (bytes: Buffer) => Buffer>> = { 0: (bytes) => bytes, 1: gunzipSync, 4: zstdDecompressSync };

/** The records of one batch as it is sent. Throws on what a broker would refuse. https://kafka.apache.org/documentation/#recordbatch */
export function recordsOf(batch: Buffer): readonly Omit<KafkaRecord, 'topic' | 'partition' | 'offset'>[] {
  const wire = wireReader(batch);
  wire.int64();
  const length = wire.int32();
  if (length !== wire.rest()) throw new Error(`a batch of ${wire.rest()} bytes says that it has ${length}`);
  wire.int32();
  if (wire.int8() !== 2) throw new Error('the batch is not of version 2');
  const crc = wire.uint32();
  if (crc !== crc32c(batch.subarray(21))) throw new Error('the checksum of the batch is wrong');
  const attributes = wire.int16();
  const lastDelta = wire.int32();
  const first = wire.int64();
  wire.int64();
  wire.int64();
  wire.int16();
  wire.int32();
  const count = wire.int32();
  if (lastDelta !== count - 1) throw new Error(`${count} records, the last of which is ${lastDelta}`);
  const decompress = compressions[attributes & 0b111];
  if (!decompress) throw new Error('the stand-in does not know this compression');
  const inner = wireReader(decompress(wire.take(wire.rest())));
  return Array.from({ length: count }, () => {
    inner.signed();
    inner.int8();
    const timestamp = Number(first) + inner.signed();
    inner.signed();
    const key = inner.bytes();
    const value = inner.bytes();
    const headers: Record<string, string> = {};
    for (let left = inner.signed(); left > 0; left--) headers[String(inner.bytes())] = String(inner.bytes());
    return { key: textOf(key), value: textOf(value), headers, timestamp };
  });
}

function textOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('utf8');
}

const table = Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

/** RFC 3720, appendix B.4. */
function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
