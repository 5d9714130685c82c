import type { RecordsBatch } from '@platformatic/kafka';
import { declarationProblem, type Entry, type Measurement, type Point, readMoment } from '../../sdk/index.ts';
import { declarationHash, format, header, schemaPrefix } from './format.ts';

/** A message as it lies in a partition. */
export interface StoredMessage {
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RawHeaders;
}

type RawHeaders = readonly (readonly [Buffer | null, Buffer | null])[];

/** What a message is. The hash is that of the declaration that its entry was written by. */
export type Read =
  | { readonly is: 'entry'; readonly entry: Entry; readonly hash: string }
  | { readonly is: 'declaration'; readonly declaration: Measurement; readonly hash: string }
  | { readonly is: 'unreadable'; readonly reason: string };

/** Control batches tell of transactions only. https://kafka.apache.org/documentation/#recordbatch */
const controlBit = 0b10_0000;

/** The messages from an offset on: a broker gives whole batches, also where only their end was asked for. */
export function* messagesIn(batches: readonly RecordsBatch[], from: bigint): Generator<StoredMessage> {
  for (const { attributes, firstOffset, records } of batches) {
    if ((attributes & controlBit) !== 0) continue;
    for (const { offsetDelta, key, value, headers } of records) {
      const offset = firstOffset + BigInt(offsetDelta);
      if (offset < from) continue;
      yield { offset, key, value, headers };
    }
  }
}

/** The offset behind all batches, those without messages too. */
export function offsetBehind(batches: readonly RecordsBatch[], from: bigint): bigint {
  const last = batches.at(-1);
  const behind = last ? last.firstOffset + BigInt(last.lastOffsetDelta) + 1n : from;
  return behind > from ? behind : from;
}

export function isDeclaration({ key }: StoredMessage): boolean {
  return key?.subarray(0, schemaPrefix.length).equals(schemaBytes) === true;
}

/** Reads a message that kpi wrote; whatever else it is, it is unreadable for a reason. Headers that repeat are read once. */
export function createReading(): (message: StoredMessage) => Read {
  let lastRaw: RawHeaders = [];
  let last: Headers = headersOf([]);

  function readHeaders(raw: RawHeaders): Headers {
    if (!isSame(raw, lastRaw)) {
      lastRaw = raw;
      last = headersOf(raw);
    }
    return last;
  }

  function entryOf(text: string, { runId, collectedAt, provisional, hash }: Headers): Read {
    if (runId === '' || collectedAt === undefined || provisional === undefined || hash === '') {
      return unreadable('its headers are not those that kpi writes');
    }
    const point = pointOf(parsed(text));
    if (!point) return unreadable('its value is not the JSON of a point');
    return { is: 'entry', entry: { point, runId, collectedAt, provisional }, hash };
  }

  return (message) => {
    const headers = readHeaders(message.headers);
    const { version } = headers;
    if (version === undefined) return unreadable(`it was not written by kpi: it has no header ${header.format}`);
    if (version !== format) return unreadable(`its format is ${version}, and this kpi reads ${format}: update kpi`);
    if (message.value === null) return unreadable('it has no value');
    const text = message.value.toString('utf8');
    return isDeclaration(message) ? declarationOf(text) : entryOf(text, headers);
  };
}

const schemaBytes = Buffer.from(schemaPrefix);

interface Headers {
  readonly version: string | undefined;
  readonly runId: string;
  readonly collectedAt: Date | undefined;
  readonly provisional: boolean | undefined;
  readonly hash: string;
}

function headersOf(raw: RawHeaders): Headers {
  const all = new Map<string, string>();
  for (const [name, text] of raw) all.set(String(name), String(text ?? ''));
  const provisional = all.get(header.provisional);
  return {
    version: all.get(header.format),
    runId: all.get(header.runId) ?? '',
    collectedAt: momentOf(all.get(header.collectedAt)),
    provisional: provisional === 'true' ? true : provisional === 'false' ? false : undefined,
    hash: all.get(header.measurementHash) ?? '',
  };
}

/** Messages of a run mostly have the same headers. */
function isSame(one: RawHeaders, other: RawHeaders): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) {
    const [name, text] = one[index] as RawHeaders[number];
    const [otherName, otherText] = other[index] as RawHeaders[number];
    if (!name || !text || !otherName || !otherText || !text.equals(otherText) || !name.equals(otherName)) return false;
  }
  return true;
}

function momentOf(text: unknown): Date | undefined {
  return typeof text === 'string' ? readMoment(text) : undefined;
}

function unreadable(reason: string): Read {
  return { is: 'unreadable', reason };
}

function declarationOf(text: string): Read {
  const declaration = parsed(text) as Measurement | undefined;
  if (!isRecord(declaration) || !isRecord(declaration.tags) || !isRecord(declaration.fields) || typeof declaration.name !== 'string') {
    return unreadable('its value is not the JSON of a declaration');
  }
  const problem = declarationProblem(declaration);
  if (problem !== undefined) return unreadable(`the declaration is wrong: ${problem}`);
  return { is: 'declaration', declaration, hash: declarationHash(declaration) };
}

/** The point of an object that has the form of one; what its declaration says of it is checked by who takes it. */
function pointOf(given: unknown): Point | undefined {
  if (!isRecord(given)) return undefined;
  const { measurement, tags, fields } = given;
  const time = momentOf(given.time);
  if (typeof measurement !== 'string' || !isRecord(tags) || !isRecord(fields)) return undefined;
  if (!time) return undefined;
  for (const name in tags) if (typeof tags[name] !== 'string') return undefined;
  return { measurement, tags, fields, time } as Point;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
