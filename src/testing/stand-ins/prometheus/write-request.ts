/** A `WriteRequest` as it was sent. https://github.com/prometheus/prometheus/blob/main/prompb/remote.proto */
export interface WriteRequest {
  readonly series: readonly TimeSeries[];
  readonly metadata: readonly MetricMetadata[];
}

export interface TimeSeries {
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly samples: readonly { readonly value: number; readonly time: number }[];
}

export interface MetricMetadata {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

const types = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset'];
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads the bytes. Throws, in words, on what is no such message, and on what the specification forbids. */
export function readWriteRequest(bytes: Buffer): WriteRequest {
  const series: TimeSeries[] = [];
  const metadata: MetricMetadata[] = [];
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 1) series.push(readSeries(bytesOf(value)));
    else if (field === 3) metadata.push(readMetadata(bytesOf(value)));
    else throw new Error(`proto: WriteRequest has no field ${field}`);
  }
  const keys = series.map(({ labels }) => JSON.stringify(labels));
  const again = keys.find((key, index) => keys.indexOf(key) !== index);
  if (keys.length < 2000 && again !== undefined) throw new Error(`the series ${again} stands twice in one request`);
  return { series, metadata };
}

/** https://prometheus.io/docs/specs/prw/remote_write_spec/#labels */
function readSeries(bytes: Buffer): TimeSeries {
  const labels: [string, string][] = [];
  const samples: { value: number; time: number }[] = [];
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 1) labels.push(readLabel(bytesOf(value)));
    else if (field === 2) samples.push(readSample(bytesOf(value)));
    else throw new Error(`proto: TimeSeries has no field ${field}`);
  }
  const names = labels.map(([name]) => name);
  if (names.some((name, index) => index > 0 && name <= (names[index - 1] as string)))
    throw new Error(`the labels are not sorted, or stand twice: ${names}`);
  const [, metric = ''] = labels.find(([name]) => name === '__name__') ?? [];
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(metric)) throw new Error(`invalid metric name "${metric}"`);
  for (const [name, value] of labels) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) throw new Error(`invalid label name "${name}"`);
    if (value === '') throw new Error(`the label ${name} of ${metric} is empty`);
  }
  if (samples.length === 0) throw new Error(`${metric} has no sample`);
  if (samples.some(({ time }, index) => index > 0 && time <= (samples[index - 1]?.time as number)))
    throw new Error(`the samples of ${metric} are not in the order of their times`);
  return { labels, samples };
}

function readLabel(bytes: Buffer): [string, string] {
  const label: [string, string] = ['', ''];
  for (const { field, value } of fieldsOf(bytes)) {
    if (field !== 1 && field !== 2) throw new Error(`proto: Label has no field ${field}`);
    label[field - 1] = utf8.decode(bytesOf(value));
  }
  return label;
}

function readSample(bytes: Buffer): { value: number; time: number } {
  let [number, time] = [0, 0];
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 1 && typeof value === 'number') number = value;
    else if (field === 2 && typeof value === 'bigint') time = Number(BigInt.asIntN(64, value));
    else throw new Error(`proto: Sample has no such field ${field}`);
  }
  if (!Number.isFinite(number)) throw new Error(`a sample is ${number}`);
  return { value: number, time };
}

function readMetadata(bytes: Buffer): MetricMetadata {
  const found = { name: '', type: 'unknown', help: '', unit: '' };
  for (const { field, value } of fieldsOf(bytes)) {
    if (field === 1) found.type = types[Number(value)] ?? '';
    else if (field === 2) found.name = utf8.decode(bytesOf(value));
    else if (field === 4) found.help = utf8.decode(bytesOf(value));
    else if (field === 5) found.unit = utf8.decode(bytesOf(value));
    else throw new Error(`proto: MetricMetadata has no field ${field}`);
  }
  if (found.name === '' || found.type === '') throw new Error(`metadata of nothing: ${JSON.stringify(found)}`);
  return found;
}

type Wire = bigint | number | Buffer;

/** https://protobuf.dev/programming-guides/encoding/ */
function* fieldsOf(bytes: Buffer): Generator<{ readonly field: number; readonly value: Wire }> {
  let at = 0;

  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('proto: unexpected EOF');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('proto: integer overflow');
  }

  while (at < bytes.length) {
    const tag = Number(varint());
    const field = tag >> 3;
    if ((tag & 7) === 0) yield { field, value: varint() };
    else if ((tag & 7) === 1) {
      if (at + 8 > bytes.length) throw new Error('proto: unexpected EOF');
      yield { field, value: bytes.readDoubleLE(at) };
      at += 8;
    } else if ((tag & 7) === 2) {
      const length = Number(varint());
      if (at + length > bytes.length) throw new Error('proto: unexpected EOF');
      yield { field, value: bytes.subarray(at, at + length) };
      at += length;
    } else throw new Error(`proto: wrong wireType = ${tag & 7}`);
  }
}

function bytesOf(value: Wire): Buffer {
  if (typeof value === 'object') return value;
  throw new Error('proto: wrong wireType');
}
