import { layersOf } from './unescape.ts';

/** Keeps secrets out of everything that is written. */
export interface Redactor {
  /** Knows `secret` from now on. Shorter than 8 characters is no secret: its letters would be found everywhere. */
  add(secret: string): void;
  /** `text` with `***` where a secret was. */
  text(text: string): string;
  /** Whether a secret is in `text`, in any of the forms that are replaced. */
  holds(text: string): boolean;
  /** How many secrets it knows: while there are none, nothing can be held. */
  readonly size: number;
}

/** What is looked through of a text that is only told in part: nobody reads megabytes, and to look for every form of a secret takes seconds. */
const longestRead = 1_000_000;

/**
 * What somebody else says, without secrets, and no longer than `most`. Only what was redacted is cut, since half a secret would not be found;
 * what is cut before lies far behind.
 */
export function shortened(text: string, redact: (text: string) => string, most = 2000): string {
  const clean = redact(text.length > longestRead ? text.slice(0, longestRead) : text);
  return clean.length > most ? `${clean.slice(0, most)}…` : clean;
}

const shortestSecret = 8;
const shortestLine = 16;
const mask = '***';

/**
 * Finds secrets as they are, JSON-escaped, URL-encoded (as a component and as a form), in base64 and base64url, alone or behind any
 * `user:`, and under up to three layers of whatever escapes JSON, URLs and HTML know, needed or not. Of a secret of several lines, such as a private key, each long line counts as well.
 */
export function createRedactor(): Redactor {
  // Forms by their first three code units: points are looked through one by one, and almost no place in them starts a form.
  const buckets = new Map<number, string[]>();
  const starts = new Uint8Array(0x10000);
  const known = new Set<string>();

  function remember(form: string): void {
    const start = startOf(form.charCodeAt(0), form.charCodeAt(1), form.charCodeAt(2));
    const bucket = buckets.get(start) ?? [];
    if (bucket.includes(form)) return;
    bucket.push(form);
    // The longest first: what is left of a longer form must not be shown.
    bucket.sort((a, b) => b.length - a.length);
    buckets.set(start, bucket);
    starts[start] = 1;
  }

  /** The first place from `from` on where a form stands, and that form. */
  function find(text: string, from: number): { readonly place: number; readonly form: string } | undefined {
    const last = text.length - shortestSecret;
    let first = text.charCodeAt(from);
    let second = text.charCodeAt(from + 1);
    for (let place = from; place <= last; place += 1) {
      const third = text.charCodeAt(place + 2);
      const start = startOf(first, second, third);
      if (starts[start] === 1) {
        for (const form of buckets.get(start) ?? []) {
          if (text.startsWith(form, place)) return { place, form };
        }
      }
      first = second;
      second = third;
    }
    return undefined;
  }

  function rangesIn(text: string): Range[] {
    const ranges: Range[] = [];
    for (let found = find(text, 0); found !== undefined; found = find(text, ranges.at(-1)?.[1] ?? 0)) {
      ranges.push([found.place, found.place + found.form.length]);
    }
    return ranges;
  }

  function add(secret: string): void {
    if (secret.length < shortestSecret || known.has(secret)) return;
    known.add(secret);
    for (const form of forms(secret)) remember(form);
    for (const line of secret.split(/\r?\n|\\n/)) {
      if (line !== secret && line.length >= shortestLine && !line.startsWith('-----')) add(line);
    }
  }

  return {
    add,
    text(text) {
      if (known.size === 0) return text;
      const plain = without(text, rangesIn(text));
      for (const layer of layersOf(plain)) {
        const ranges = rangesIn(layer.text).map(([from, to]): Range => [layer.start(from), layer.start(to)]);
        // What is left may hold another secret, in a layer that this one was part of.
        if (ranges.length > 0) return this.text(without(plain, ranges));
      }
      return plain;
    },
    holds(text) {
      if (known.size === 0) return false;
      if (find(text, 0) !== undefined) return true;
      for (const layer of layersOf(text)) if (find(layer.text, 0) !== undefined) return true;
      return false;
    },
    get size() {
      return known.size;
    },
  };
}

type Range = readonly [from: number, to: number];

function without(text: string, ranges: readonly Range[]): string {
  let clean = '';
  let done = 0;
  for (const [from, to] of ranges) {
    clean += text.slice(done, from) + mask;
    done = to;
  }
  return done === 0 ? text : clean + text.slice(done);
}

/** The ways in which a secret is mostly written: found without undoing anything. */
function forms(secret: string): ReadonlySet<string> {
  const all = new Set<string>();
  for (const plain of [secret, ...base64Cores(secret)]) {
    const json = escapeJson(plain);
    all.add(plain);
    for (const escaped of [json, escapeAscii(json), escapeHtmlInJson(json), json.replaceAll('/', '\\/'), escapeJson(json)])
      all.add(escaped);
    for (const encoded of [encodeURIComponent(plain.toWellFormed()), encodeURI(plain.toWellFormed()), encodeForm(plain)]) {
      all.add(encoded);
      all.add(encoded.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()));
      // A URL inside a URL.
      all.add(encodeURIComponent(encoded));
    }
  }
  return all;
}

/**
 * What base64 makes of `secret` wherever it stands in a longer text: three bytes become four characters, so there are three alignments;
 * the characters at either end that its neighbours share in are left out.
 */
function base64Cores(secret: string): readonly string[] {
  const cores: string[] = [];
  const bytes = Buffer.from(secret);
  for (const [before, shared] of [
    [0, 0],
    [1, 2],
    [2, 3],
  ] as const) {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    const core = whole.toString('base64').slice(shared, Math.floor((whole.length * 8) / 6));
    cores.push(core, core.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return cores;
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** As Python and PHP write JSON. */
function escapeAscii(text: string): string {
  return text.replaceAll(/[\u0080-\uffff]/g, unicodeEscape);
}

/** As Go writes JSON. */
function escapeHtmlInJson(text: string): string {
  return text.replaceAll(/[<>&]/g, unicodeEscape);
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function encodeForm(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

/** One number for three code units; different ones may share it. */
function startOf(first: number, second: number, third: number): number {
  return (first ^ (second << 5) ^ (third << 10)) & 0xffff;
}
