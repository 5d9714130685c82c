const columns = 100;

/** JSON as people write it: what fits on a line stands on one. */
export function jsonText(value: unknown): string {
  return `${text(value, '')}\n`;
}

function text(value: unknown, indent: string, taken = 0): string {
  const line = oneLine(value);
  const isTop = indent === '' && taken === 0;
  if (typeof value !== 'object' || value === null || (!isTop && indent.length + taken + line.length <= columns)) return line;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((one) => inner + text(one, inner))
    : Object.entries(value).map(([key, one]) => `${inner}${JSON.stringify(key)}: ${text(one, inner, key.length + 4)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return parts.length === 0 ? line : `${open}\n${parts.join(',\n')}\n${indent}${close}`;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${oneLine(one)}`);
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}
