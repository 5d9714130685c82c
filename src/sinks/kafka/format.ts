import { createHash } from 'node:crypto';
import { type Entry, type Measurement, pointJson, seriesKey } from '../../sdk/index.ts';

/** Grows where an older reader would misread a message. */
export const format = '1';
export const schemaPrefix = 'schema/';

/** Headers of a message; all are text in UTF-8. */
export const header = {
  format: 'kpi-format',
  runId: 'kpi-run-id',
  collectedAt: 'kpi-collected-at',
  provisional: 'kpi-provisional',
  measurementHash: 'kpi-measurement-hash',
  /** Of what was put aside. */
  reason: 'kpi-reason',
  origin: 'kpi-origin',
} as const;

export interface Message {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Map<Buffer, Buffer>;
}

const names = Object.fromEntries(Object.entries(header).map(([key, name]) => [key, Buffer.from(name)])) as Record<
  keyof typeof header,
  Buffer
>;
const formatBytes = Buffer.from(format);
/** Series whose keys are kept; with more, it starts anew. */
const mostSeries = 50_000;

/** The first 16 hex digits of SHA-256 over a declaration's JSON. */
export function declarationHash(declaration: Measurement): string {
  return createHash('sha256').update(JSON.stringify(declaration)).digest('hex').slice(0, 16);
}

/** The declaration as a message. */
export function declarationMessage(declaration: Measurement): Message {
  return {
    key: Buffer.from(schemaPrefix + declaration.name),
    value: Buffer.from(JSON.stringify(declaration)),
    headers: new Map([
      [names.format, formatBytes],
      [names.measurementHash, Buffer.from(declarationHash(declaration))],
    ]),
  };
}

/** Makes messages of entries. `hashOf` is the hash of a measurement's declaration. */
export function createMessages(hashOf: (measurement: string) => string): (entry: Entry) => Message {
  let keys = new Map<string, Buffer>();
  // Entries of a batch mostly share their headers.
  let last: Entry | undefined;
  let lastHeaders: Message['headers'] = new Map();

  function keyOf({ measurement, tags }: Entry['point']): Buffer {
    let text = measurement;
    // With its length, no value can be taken for another tag.
    for (const tag in tags) text += `\0${tag}\0${tags[tag]?.length}\0${tags[tag]}`;
    let key = keys.get(text);
    if (key === undefined) {
      if (keys.size >= mostSeries) keys = new Map();
      key = Buffer.from(seriesKey(measurement, tags));
      keys.set(text, key);
    }
    return key;
  }

  function headersOf(entry: Entry): Message['headers'] {
    if (last && isAlike(last, entry)) return lastHeaders;
    last = entry;
    lastHeaders = new Map([
      [names.format, formatBytes],
      [names.runId, Buffer.from(entry.runId)],
      [names.collectedAt, Buffer.from(entry.collectedAt.toISOString())],
      [names.provisional, Buffer.from(String(entry.provisional))],
      [names.measurementHash, Buffer.from(hashOf(entry.point.measurement))],
    ]);
    return lastHeaders;
  }

  return (entry) => ({ key: keyOf(entry.point), value: Buffer.from(pointJson(entry.point)), headers: headersOf(entry) });
}

/** The bytes of a message in a batch, generously: the record's own, and its headers. */
export function sizeOf({ key, value, headers }: Message): number {
  let size = key.length + value.length + 32;
  for (const [name, text] of headers) size += name.length + text.length + 4;
  return size;
}

/** The message as it came, with the reason why it was put aside and where it lay. */
export function asideMessage(message: { key: Buffer | null; value: Buffer | null }, facts: AsideFacts): Message {
  const headers = new Map<Buffer, Buffer>();
  for (const [name, text] of facts.headers) headers.set(name ?? Buffer.alloc(0), text ?? Buffer.alloc(0));
  headers.set(names.reason, Buffer.from(facts.reason.slice(0, longestReason)));
  headers.set(names.origin, Buffer.from(facts.origin));
  return { key: message.key ?? Buffer.alloc(0), value: message.value ?? Buffer.alloc(0), headers };
}

/** Of a message that is too large to be kept: what it was, and where it still lies. */
export function asideNote(message: { key: Buffer | null; value: Buffer | null }, { reason, origin }: AsideFacts): Message {
  const bytes = message.value?.length ?? 0;
  const key = message.key !== null && message.key.length <= longestNote ? message.key : null;
  return asideMessage(
    { key, value: null },
    { headers: [], reason: `${reason.slice(0, longestNote)} (its ${bytes} bytes are too many to be kept here)`, origin },
  );
}

/** A server may say as much as it likes. */
const longestReason = 4000;
/** Of a key or a reason that is kept of such a one. */
const longestNote = 1000;

interface AsideFacts {
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[];
  readonly reason: string;
  readonly origin: string;
}

function isAlike(one: Entry, other: Entry): boolean {
  return (
    one.collectedAt.getTime() === other.collectedAt.getTime() &&
    one.runId === other.runId &&
    one.provisional === other.provisional &&
    one.point.measurement === other.point.measurement
  );
}
