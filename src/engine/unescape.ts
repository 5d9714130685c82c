/** A text with its escapes undone. */
export interface Layer {
  readonly text: string;
  /** Where in the first text the character at `place` began; for the length of the layer's text, the first one's length. */
  start(place: number): number;
}

const mostLayers = 3;

/** What begins an escape; a text without it has no layers. */
const marks = /[\\%&]/;

/** `\u002b \x2b \n \/` */
const ofJson = String.raw`\\u(?<unicode>[0-9a-f]{4})|\\x(?<hex>[0-9a-f]{2})|\\(?<letter>["'\\/bfnrt])`;
/** `%2B %c3%a4` */
const ofUrls = '(?<codes>(?:%[0-9a-f]{2})+)';
/** `&#43; &#x2b; &amp;` */
const ofHtml = String.raw`&#(?<decimal>\d{1,7});|&#x(?<hexadecimal>[0-9a-f]{1,6});|&(?<entity>amp|lt|gt|quot|apos);`;

/** All at once for what passed through several hands; one by one for a text in which the others' signs stand for themselves. */
const families = [[ofJson, ofUrls, ofHtml], [ofJson], [ofUrls], [ofHtml]].map((parts) => new RegExp(parts.join('|'), 'gi'));

const letters: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The text with its escapes undone, then with those undone that this brought to light, and so on; for each family of escapes. */
export function* layersOf(text: string): Generator<Layer> {
  if (!marks.test(text)) return;
  for (const family of families) {
    let below: Layer | undefined = { text, start: (place) => place };
    for (let level = 0; level < mostLayers && below; level += 1) {
      below = unescaped(below, family);
      if (below) yield below;
    }
  }
}

/** One place where the texts differ: from `place` on, the layer's characters are `shift` further on in the text below. */
interface Step {
  readonly place: number;
  readonly shift: number;
}

function unescaped(below: Layer, family: RegExp): Layer | undefined {
  let text = '';
  let done = 0;
  const steps: Step[] = [{ place: 0, shift: 0 }];
  function append(characters: string, from: number, to: number): void {
    text += below.text.slice(done, from) + characters;
    done = to;
    steps.push({ place: text.length, shift: to - text.length });
  }
  for (const match of below.text.matchAll(family)) {
    const { index, groups = {} } = match;
    if (groups.codes === undefined) append(characterOf(groups), index, index + match[0].length);
    else for (const [characters, from, to] of decoded(groups.codes)) append(characters, index + from, index + to);
  }
  if (done === 0) return undefined;
  text += below.text.slice(done);
  return { text, start: (place) => below.start(place + shiftAt(steps, place)) };
}

/** That of the last step at or before `place`. */
function shiftAt(steps: readonly Step[], place: number): number {
  let low = 0;
  let high = steps.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((steps[middle]?.place ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return steps[low]?.shift ?? 0;
}

function characterOf({ unicode, hex, letter, decimal, hexadecimal, entity }: Readonly<Record<string, string | undefined>>): string {
  if (letter !== undefined) return letters[letter] ?? letter;
  if (entity !== undefined) return entities[entity.toLowerCase()] ?? '';
  const code = decimal === undefined ? Number.parseInt(unicode ?? hex ?? hexadecimal ?? '0', 16) : Number(decimal);
  return code > 0x10ffff ? '' : String.fromCodePoint(code);
}

/** The characters of `%c3%a4%2B`, each with where its codes begin and end. */
function* decoded(codes: string): Generator<readonly [characters: string, from: number, to: number]> {
  const bytes = Buffer.from(codes.replaceAll('%', ''), 'hex');
  for (let place = 0; place < bytes.length; ) {
    const first = bytes[place] ?? 0;
    const length = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const end = Math.min(place + length, bytes.length);
    yield [bytes.toString('utf8', place, end), place * 3, end * 3];
    place = end;
  }
}
