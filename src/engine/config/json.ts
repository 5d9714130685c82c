/** What is wrong in a text that should be JSON, from line and column 1. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** The keys above it. */
  readonly path: readonly (string | number)[];
}

/** Any character from the blank on but the quotation mark and the backslash, or an escape. */
const string = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literal = /true|false|null/y;
const space = /[ \t\r\n]*/y;

const deepest = 100;

class SyntaxFault extends Error {}

/**
 * The first fault of syntax, or else every key that an object has twice, which `JSON.parse` takes in silence. Own words, because those
 * of `JSON.parse` quote the file, and so its secrets.
 */
export function jsonFaults(text: string): JsonFault[] {
  const faults: JsonFault[] = [];
  const path: (string | number)[] = [];
  let position = 0;

  function note(message: string, at: number): void {
    const before = text.slice(0, at).split('\n');
    faults.push({ line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message, path: [...path] });
  }

  function fail(message: string): never {
    faults.length = 0;
    note(message, position);
    throw new SyntaxFault(message);
  }

  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) position += found.length;
    return found;
  }

  function peek(): string {
    take(space);
    return text[position] ?? '';
  }

  function expected(what: string): never {
    const next = peek();
    if (next === '') fail(`the file ends where ${what} should stand`);
    if (next === '/') fail('JSON has no comments; remove it, or write the config as YAML');
    if (next === "'") fail('strings must stand in double quotes');
    const start = position;
    const broken = next === '"' && take(string) === undefined;
    position = start;
    if (broken) fail('the string is not closed, or has a line break or a wrong escape in it');
    return fail(`${what} should stand here`);
  }

  /** Takes the end of an object or list, and is true; or the comma that keeps it going. */
  function ended(end: string): boolean {
    const found = peek();
    if (found !== end && found !== ',') expected(`a "," or "${end}"`);
    position++;
    if (found === ',' && peek() === end) fail(`there is a "," too many before "${end}"`);
    return found === end;
  }

  function members(): void {
    const known = new Set<string>();
    position++;
    if (peek() === '}') {
      position++;
      return;
    }
    for (;;) {
      peek();
      const start = position;
      const name = JSON.parse(take(string) ?? expected('a key in double quotes')) as string;
      path.push(name);
      if (known.has(name)) note(`the key ${JSON.stringify(name)} stands here a second time`, start);
      known.add(name);
      if (peek() !== ':') expected('a ":"');
      position++;
      value();
      path.pop();
      if (ended('}')) return;
    }
  }

  function items(): void {
    position++;
    if (peek() === ']') {
      position++;
      return;
    }
    for (let index = 0; ; index++) {
      path.push(index);
      value();
      path.pop();
      if (ended(']')) return;
    }
  }

  function value(): void {
    if (path.length > deepest) fail(`it is nested more than ${deepest} deep`);
    const next = peek();
    if (next === '{') members();
    else if (next === '[') items();
    else if ((take(string) ?? take(literal) ?? take(number)) === undefined) expected('a value');
  }

  try {
    value();
    if (peek() !== '') expected('nothing more');
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
  }
  return faults;
}
