/** Reads Kafka's protocol, and throws on what goes over the end. https://kafka.apache.org/protocol#protocol_types */
export function wireReader(bytes: Buffer) {
  let at = 0;

  function take(length: number): Buffer {
    if (length < 0 || at + length > bytes.length) throw new RangeError(`${length} bytes asked for at ${at} of ${bytes.length}`);
    at += length;
    return bytes.subarray(at - length, at);
  }
  function unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = take(1).readUInt8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
  function signed(): number {
    const value = unsigned();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  function compact(): Buffer | null {
    const length = unsigned();
    return length === 0 ? null : take(length - 1);
  }
  const reader = {
    int8: () => take(1).readInt8(),
    int16: () => take(2).readInt16BE(),
    int32: () => take(4).readInt32BE(),
    int64: () => take(8).readBigInt64BE(),
    uint32: () => take(4).readUInt32BE(),
    uuid: () => take(16),
    take,
    signed,
    compact,
    text: () => compact()?.toString('utf8') ?? null,
    /** With a length of 16 bits, as in headers of requests. */
    shortText() {
      const length = reader.int16();
      return length < 0 ? null : take(length).toString('utf8');
    },
    /** Of a record: the length is signed. */
    bytes() {
      const length = signed();
      return length < 0 ? null : Buffer.from(take(length));
    },
    list<T>(one: () => T): T[] {
      const length = unsigned();
      return Array.from({ length: Math.max(0, length - 1) }, one);
    },
    tags() {
      for (let count = unsigned(); count > 0; count--) {
        unsigned();
        take(unsigned());
      }
    },
    rest: () => bytes.length - at,
  };
  return reader;
}

/** Writes Kafka's protocol; every call gives the writer back. */
export function wireWriter() {
  const parts: Buffer[] = [];

  function fixed(length: number, write: (buffer: Buffer) => unknown) {
    const buffer = Buffer.alloc(length);
    write(buffer);
    parts.push(buffer);
    return writer;
  }
  function unsigned(value: number) {
    let left = value;
    const bytes: number[] = [];
    do {
      bytes.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
      left >>>= 7;
    } while (left > 0);
    parts.push(Buffer.from(bytes));
    return writer;
  }
  const writer = {
    int8: (value: number) => fixed(1, (buffer) => buffer.writeInt8(value)),
    int16: (value: number) => fixed(2, (buffer) => buffer.writeInt16BE(value)),
    int32: (value: number) => fixed(4, (buffer) => buffer.writeInt32BE(value)),
    int64: (value: bigint) => fixed(8, (buffer) => buffer.writeBigInt64BE(value)),
    uuid(value: Buffer) {
      parts.push(value);
      return writer;
    },
    text(value: string | null) {
      if (value === null) return unsigned(0);
      const bytes = Buffer.from(value);
      unsigned(bytes.length + 1);
      parts.push(bytes);
      return writer;
    },
    list<T>(items: readonly T[], write: (item: T) => unknown) {
      unsigned(items.length + 1);
      for (const item of items) write(item);
      return writer;
    },
    tags: () => unsigned(0),
    done: () => Buffer.concat(parts),
  };
  return writer;
}

export type WireReader = ReturnType<typeof wireReader>;
export type WireWriter = ReturnType<typeof wireWriter>;
