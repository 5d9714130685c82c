import { describe, expect, it } from 'vitest';
import { flag, gauge, type Measurement, measurement, moment, text } from '../../sdk/index.ts';
import { entryOf } from '../../testing/contract/sink.ts';
import { createLineProtocol, isTornLine } from './line-protocol.ts';

const time = new Date('2026-11-21T20:00:00.000Z');
const shop: Measurement = measurement('shop', {
  help: 'A shop.',
  time: 'snapshot',
  tags: { place: 'where', area: 'of where' },
  fields: { sold: gauge(), open: flag(), note: text(), opened_at: moment() },
});
const lineOf = createLineProtocol(() => shop);

function line(fields: Record<string, number | boolean | string>, tags: Record<string, string> = { place: 'Riga', area: 'north' }): string {
  return lineOf([entryOf({ measurement: 'shop', tags, fields, time, collectedAt: time })]);
}

describe('line protocol', () => {
  it('has floats, seconds for moments, milliseconds for times, and tags by name', () => {
    expect(line({ sold: 3, open: true, note: 'well', opened_at: '2026-11-20T07:08:09.500Z' })).toBe(
      'shop,area=north,place=Riga sold=3,open=true,note="well",opened_at=1795158489.5 1795291200000\n',
    );
    expect(line({ sold: 1e21 })).toContain(' sold=1e+21 ');
  });

  it('escapes as InfluxDB 2 reads it', () => {
    expect(line({ sold: 1 }, { place: 'a b,c=d', area: 'back\\slash' })).toBe(
      'shop,area=back\\slash,place=a\\ b\\,c\\=d sold=1 1795291200000\n',
    );
    expect(line({ note: 'a "b" \\' })).toBe('shop,area=north,place=Riga note="a \\"b\\" \\\\" 1795291200000\n');
  });

  it.each([
    ['at the end\\', 'at\\ the\\ end\\␛.'],
    ['before a comma\\,', 'before\\ a\\ comma\\␛.\\,'],
    ['a\tb\nc\rd␛', 'a␛tb␛nc␛rd␛␛'],
  ])('marks what a tag cannot hold: %j', (place, written) => {
    expect(line({ sold: 1 }, { place })).toBe(`shop,place=${written} sold=1 1795291200000\n`);
  });

  it('keeps a point on a line', () => {
    expect(line({ note: 'two\nlines␛' })).toBe('shop,area=north,place=Riga note="two␛nlines␛␛" 1795291200000\n');
  });

  it('has no line break in a text, also not one that only some programs take for one', () => {
    expect(line({ note: 'x\r::stop-commands::tok\r\n' })).toBe(
      'shop,area=north,place=Riga note="x␛r::stop-commands::tok␛r␛n" 1795291200000\n',
    );
  });

  it('writes no command to the runner of GitHub on standard output, and changes nothing elsewhere', () => {
    const entries = [
      entryOf({ measurement: 'shop', tags: { place: '##[group]' }, fields: { note: '##[error]' }, time, collectedAt: time }),
    ];
    expect(createLineProtocol(() => shop, { stdout: true })(entries)).toBe('shop,place=##␛.[group] note="##␛.[error]" 1795291200000\n');
    expect(lineOf(entries)).toBe('shop,place=##[group] note="##[error]" 1795291200000\n');
  });

  it('takes every beginning of its lines for torn', () => {
    const whole = line(
      { sold: -1.5e-7, open: false, note: 'a "b", c=1 \\', opened_at: '2026-11-20T07:08:09.000Z' },
      { place: 'a b,=\\', area: 'x' },
    );
    const end = whole.length - 1;
    for (let length = 1; length < end; length++) expect(isTornLine(whole.slice(0, length)), whole.slice(0, length)).toBe(true);
    expect(isTornLine(whole.slice(0, end))).toBe(false);
    expect(isTornLine(`shop,place=${'x'.repeat(1_000_000)}`)).toBe(true);
  });

  it.each(['without a line break', '# a comment', 'cpu,host=a v=1i 17', 'Shop v=1', 'shop v="a"b', '{"measurement":"x'])(
    'takes %j for what another program wrote',
    (other) => expect(isTornLine(other)).toBe(false),
  );
});
