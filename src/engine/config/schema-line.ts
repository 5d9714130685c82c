/** A config with the line that names its schema, and everything else as it was; or that it has the line already. */
export interface Lined {
  readonly text: string;
  readonly action: 'added' | 'changed' | 'ready';
}

/** Names the schema in well-formed JSON that is an object: `"$schema"`, in front where it is new. */
export function withJsonSchema(text: string, reference: string): Lined {
  const written = JSON.stringify(reference);
  const found = schemaValue(text);
  if (found !== undefined) return replaced(text, found, written);
  const start = text.indexOf('{') + 1;
  const space = /^\s*/.exec(text.slice(start))?.[0] ?? '';
  const isEmpty = text[start + space.length] === '}';
  // A new line as the first key has it, without the empty lines before.
  const gap = /\r?\n[^\S\n]*$/.exec(space)?.[0] ?? (isEmpty ? '' : space);
  const line = `${gap}"$schema":${space === '' ? '' : ' '}${written}${isEmpty ? '' : ','}`;
  return { text: text.slice(0, start) + line + text.slice(start), action: 'added' };
}

/** Names the schema in YAML: in the comment that https://github.com/redhat-developer/yaml-language-server reads, at the top where it is new. */
export function withYamlSchema(text: string, reference: string): Lined {
  const known = /^\ufeff?#\s*yaml-language-server\s*:\s*\$schema\s*=\s*(\S+)/m.exec(text);
  if (known) {
    const end = known.index + known[0].length;
    return replaced(text, { start: end - (known[1]?.length ?? 0), end }, reference);
  }
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const lineBreak = /\r?\n/.exec(text)?.[0] ?? '\n';
  const line = `# yaml-language-server: $schema=${reference}${lineBreak}`;
  return { text: text.slice(0, start) + line + text.slice(start), action: 'added' };
}

interface Place {
  readonly start: number;
  readonly end: number;
}

function replaced(text: string, { start, end }: Place, written: string): Lined {
  if (text.slice(start, end) === written) return { text, action: 'ready' };
  return { text: text.slice(0, start) + written + text.slice(end), action: 'changed' };
}

/** Where the value of the object's own `$schema` stands, if it is a string. */
function schemaValue(text: string): Place | undefined {
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g;
  let depth = 0;
  let key: string | undefined;
  let last: string | undefined;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (token === ':') key = last;
    else if (depth === 1 && last === undefined && key !== undefined && JSON.parse(key) === '$schema') {
      return { start: index, end: index + token.length };
    }
    if (token === ':' || !token.startsWith('"')) last = undefined;
    else last = token;
    if (token !== ':') key = undefined;
  }
  return undefined;
}
