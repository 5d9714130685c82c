import type { RecordsBatch } from '@platformatic/kafka';
import { declarationProblem, type Entry, isMoment, type Measurement, type Point } from '../../sdk/index.ts';
import { declarationHash, format, header, schemaPrefix } from './format.ts';

/** A message as it lies in a partition. */
export interface StoredMessage {
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [Buffer, Buffer])[];
}

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
      yield { offset, key, value, headers: headers.map(([name, text]) => [name ?? empty, text ?? empty] as const) };
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

/** Reads a message that kpi wrote; whatever else it is, it is unreadable for a reason. Times and headers that repeat are spelt once. */
export function createReading(): (message: StoredMessage) => Read {
  let lastText = '';
  let lastTime = new Date(0);

  function timeOf(text: string): Date {
    if (text !== lastText) {
      lastText = text;
      lastTime = new Date(text);
    }
    return lastTime;
  }

  function entryOf(text: string, headers: Headers): Read {
    const runId = headers.get(header.runId) ?? '';
    const collectedAt = headers.get(header.collectedAt) ?? '';
    const provisional = headers.get(header.provisional);
    const hash = headers.get(header.measurementHash) ?? '';
    if (runId === '' || !isMoment(collectedAt) || (provisional !== 'true' && provisional !== 'false') || hash === '') {
      return unreadable('its headers are not those that kpi writes');
    }
    const point = pointOf(parsed(text), timeOf);
    if (!point) return unreadable('its value is not the JSON of a point');
    return { is: 'entry', entry: { point, runId, collectedAt: new Date(collectedAt), provisional: provisional === 'true' }, hash };
  }

  return (message) => {
    const headers = headersOf(message);
    const version = headers.get(header.format);
    if (version === undefined) return unreadable(`it was not written by kpi: it has no header ${header.format}`);
    if (version !== format) return unreadable(`its format is ${version}, and this kpi reads ${format}: update kpi`);
    if (message.value === null) return unreadable('it has no value');
    const text = message.value.toString('utf8');
    return isDeclaration(message) ? declarationOf(text) : entryOf(text, headers);
  };
}

const empty = Buffer.alloc(0);
const schemaBytes = Buffer.from(schemaPrefix);

type Headers = ReadonlyMap<string, string>;

function headersOf({ headers }: StoredMessage): Headers {
  const all = new Map<string, string>();
  for (const [name, text] of headers) all.set(name.toString('utf8'), text.toString('utf8'));
  return all;
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
function pointOf(given: unknown, timeOf: (text: string) => Date): Point | undefined {
  if (!isRecord(given)) return undefined;
  const { measurement, tags, fields, time } = given;
  if (typeof measurement !== 'string' || !isRecord(tags) || !isRecord(fields)) return undefined;
  if (typeof time !== 'string' || !isMoment(time)) return undefined;
  for (const name in tags) if (typeof tags[name] !== 'string') return undefined;
  return { measurement, tags, fields, time: timeOf(time) } as Point;
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
