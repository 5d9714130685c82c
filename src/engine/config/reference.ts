/** Text as it stands, or a variable that stands for some. */
export type TextPart = string | Reference;

interface Reference {
  readonly name: string;
  /** Of `${NAME:-default}`. */
  readonly fallback?: readonly TextPart[];
  /** Of `${NAME:?message}`. */
  readonly message?: string;
}

const body = /^([A-Za-z_][A-Za-z0-9_]*)(?::([-?])([\s\S]*))?$/;

/** The parts of a string of the config; undefined when a `${` in it begins no reference. A default may hold references again. */
export function parseReferences(text: string): TextPart[] | undefined {
  const parts: TextPart[] = [];
  let position = 0;
  for (;;) {
    const start = text.indexOf('${', position);
    if (start === -1) {
      parts.push(text.slice(position));
      return parts;
    }
    if (start > position && text[start - 1] === '$') {
      parts.push(text.slice(position, start - 1), '${');
      position = start + 2;
      continue;
    }
    const end = closing(text, start + 2);
    const reference = end === undefined ? undefined : parseBody(text.slice(start + 2, end));
    if (end === undefined || reference === undefined) return undefined;
    parts.push(text.slice(position, start), reference);
    position = end + 1;
  }
}

/** True for a string in which a variable stands. */
export function hasReference(text: string): boolean {
  return parseReferences(text)?.some((part) => typeof part !== 'string') === true;
}

/** The names of the variables in a string, those in defaults too. */
export function referencesIn(text: string): readonly string[] {
  return namesIn(parseReferences(text) ?? []);
}

function namesIn(parts: readonly TextPart[]): readonly string[] {
  return parts.flatMap((part) => (typeof part === 'string' ? [] : [part.name, ...namesIn(part.fallback ?? [])]));
}

function parseBody(text: string): Reference | undefined {
  const [, name, operator, operand = ''] = body.exec(text) ?? [];
  if (name === undefined) return undefined;
  if (operator === undefined) return { name };
  if (operator === '?') return { name, message: operand };
  const fallback = parseReferences(operand);
  return fallback && { name, fallback };
}

function closing(text: string, from: number): number | undefined {
  let depth = 1;
  for (let position = from; position < text.length; position++) {
    if (text.startsWith('${', position)) depth++;
    else if (text[position] === '}') depth--;
    if (depth === 0) return position;
  }
  return undefined;
}
