import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Entry, flag, gauge, measurement, moment, text } from '../../sdk/index.ts';
import { parseLine, splitLines } from '../../testing/stand-ins/influxdb/line-protocol.ts';
import { createLines, tagText } from './lines.ts';
import { servers } from './settings.ts';

const sample = measurement('sample', {
  help: 'A field of some kinds.',
  time: 'event',
  tags: { place: 'where', kind: 'of what' },
  fields: { level: gauge(), up: flag(), changed_at: moment(), state: text() },
});
const at = new Date('2026-11-21T20:00:00.123Z');

function entry(tags: Entry['point']['tags'], fields: Entry['point']['fields'], time = at): Entry {
  return { point: { measurement: 'sample', tags, fields, time }, runId: 'r', collectedAt: at, provisional: false };
}

/** Undoes what `tagText` did to text that line protocol cannot hold. */
function original(held: string): string {
  const meaning: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', '.': '', '\u241b': '\u241b' };
  return held.replace(/\u241b(.)/gs, (_, letter) => meaning[letter] ?? '?');
}

describe.each(servers)('lines for %s', (server) => {
  const lines = createLines(server, () => sample);
  const isVm = server === 'victoriametrics';

  it('have tags by name, floats, and the time in milliseconds', () => {
    const fields = { level: 3378, up: true, changed_at: '2026-11-21T20:00:00.500Z', state: 'say "hi" \\ \n=,' };
    const words = isVm ? '' : ',state="say \\"hi\\" \\\\ \n=,"';
    expect(lines.of(entry({ place: 'a b', kind: 'c,d=e' }, fields))).toBe(
      `sample,kind=c\\,d\\=e,place=a\\ b level=3378,up=${isVm ? 1 : true},changed_at=1795291200.5${words} 1795291200123`,
    );
  });

  it.each([
    [0, '0'],
    [-0, '0'],
    [-1.5, '-1.5'],
    [1e21, '1e+21'],
    [5e-324, '5e-324'],
    [2 ** 53 - 1, '9007199254740991'],
    [0.1 + 0.2, '0.30000000000000004'],
  ])('spell %d as %s, which reads back exactly', (level, spelling) => {
    const line = lines.of(entry({ place: 'a' }, { level })) as string;
    expect(line).toBe(`sample,place=a level=${spelling} 1795291200123`);
    expect(parseLine(line, server).fields.level).toBe(level + 0);
  });

  it('are none where no field is held', () => {
    expect(lines.of(entry({ place: 'a' }, {}))).toBeUndefined();
    expect(lines.of(entry({ place: 'a' }, { state: 'well' })) === undefined).toBe(isVm);
  });

  it('take times before 1970', () => {
    expect(lines.of(entry({ place: 'a' }, { level: 1 }, new Date(-1500)))).toBe('sample,place=a level=1 -1500');
  });

  it('have the same prefix whatever the order of the tags, and never that of others', () => {
    const prefix = (tags: Entry['point']['tags']) => lines.of(entry(tags, { level: 1 }))?.split(' level')[0];
    expect(prefix({ place: 'a', kind: 'b' })).toBe(prefix({ kind: 'b', place: 'a' }));
    const close: readonly Entry['point']['tags'][] = [
      { place: 'a', kind: 'b' },
      { place: 'a\0kind\x001\0b' },
      { place: 'a,kind=b' },
      { place: 'a\0kind' },
      { place: 'a' },
    ];
    expect(new Set([...close, ...close].map(prefix)).size).toBe(close.length);
  });

  it('hold any text in a tag, so that it reads back, and none spoils a line', () => {
    const odd = fc.string({
      unit: fc.constantFrom('\\', ' ', ',', '=', '"', '\t', '\n', '\r', '\u241b', '.', 't', 'n', 'é', '🚀'),
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.array(fc.record({ place: odd, kind: odd }), { minLength: 1, maxLength: 5 }), (all) => {
        const body = all.map((tags, level) => lines.of(entry(tags, { level, state: 'a "word"' }))).join('\n');
        const read = splitLines(body, server).map((line) => parseLine(line, server));
        expect(read.map(({ fields }) => fields.level)).toEqual(all.map((_, level) => level));
        expect(read.map(({ tags }) => ({ place: original(tags.place ?? ''), kind: original(tags.kind ?? '') }))).toEqual(all);
      }),
      { numRuns: 300 },
    );
  });

  it('hold any text in a field, where words are held', () => {
    if (isVm) return;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }), (all) => {
        const body = all.map((state) => lines.of(entry({ place: 'a' }, { level: 1, state }))).join('\n');
        expect(splitLines(body, server).map((line) => parseLine(line, server).fields.state)).toEqual(all);
      }),
      { numRuns: 100 },
    );
  });

  it('keep what most tags are as it is', () => {
    for (const plain of ['akkadotnet/akka.net', 'https://getakka.net', 'ünïcode', 'a-b_c.d', '"quoted"', '0'])
      expect(tagText(plain, server)).toBe(plain);
    expect(tagText('ends in one\\', server)).toBe(server === 'influxdb2' ? 'ends\\ in\\ one\\\u241b.' : 'ends\\ in\\ one\\\\\u241b.');
  });
});
