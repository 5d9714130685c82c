import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Entry, flag, gauge, type Measurement, measurement, moment, PermanentError, text } from '../../sdk/index.ts';
import { createSinkContext, entryOf } from '../../testing/contract/sink.ts';
import { parseCsv } from '../../testing/csv.ts';
import { file } from './index.ts';

const now = new Date('2026-11-21T20:00:00.000Z');
const shop = measurement('shop', {
  help: 'A shop.',
  time: 'snapshot',
  tags: { place: 'where', area: 'of where' },
  fields: { sold: gauge(), open: flag(), note: text(), opened_at: moment() },
});
const grown: Measurement = { ...shop, fields: { ...shop.fields, returned: gauge() } };

let dir = '';
let path = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-csv-'));
  path = join(dir, 'archive');
});
afterEach(() => rmSync(dir, { recursive: true }));

const header = 'time,area,place,note,open,opened_at,sold,run_id,collected_at,provisional\n';

function entry(fields: Entry['point']['fields'], tags: Entry['point']['tags'] = { place: 'Riga', area: 'north' }): Entry {
  return entryOf({ measurement: 'shop', tags, fields, time: now, collectedAt: new Date('2026-11-21T20:00:01.002Z') });
}

interface Writing {
  readonly declared?: Measurement;
  readonly tags?: readonly string[];
  readonly logged?: string[];
}

async function write(entries: readonly Entry[], { declared = shop, tags = [], logged = [] }: Writing = {}): Promise<void> {
  const settings = file.settings.parse({ path, format: 'csv' });
  const open = await file.open(settings, createSinkContext({ measurements: [declared], tags, log: (_, message) => logged.push(message) }));
  try {
    expect(await open.write(entries)).toEqual([]);
  } finally {
    await open.close();
  }
}

const content = (name: string) => readFileSync(join(path, name), 'utf8');
const sold = (name: string) => {
  const [headings = [], ...rows] = parseCsv(content(name));
  return rows.map((row) => row[headings.indexOf('sold')]);
};

describe('CSV', () => {
  it('has the documented columns in the documented order', async () => {
    await write([
      entry({ sold: 1.5, open: true, note: 'plain', opened_at: '2026-11-20T07:08:09.000Z' }),
      entry({ sold: 1e21, open: false }, { place: 'Rīga, "old"\ntown', area: 'x' }),
    ]);
    expect(readdirSync(path)).toEqual(['shop.csv']);
    expect(content('shop.csv')).toBe(
      `${header}2026-11-21T20:00:00.000Z,"north","Riga","plain",true,2026-11-20T07:08:09.000Z,1.5,"run-1",2026-11-21T20:00:01.002Z,false\n` +
        '2026-11-21T20:00:00.000Z,"x","Rīga, ""old""\ntown",,false,,1e+21,"run-1",2026-11-21T20:00:01.002Z,false\n',
    );
  });

  it('tells an empty text from none', async () => {
    await write([entry({ sold: 1, note: '' }), entry({ sold: 2 })]);
    expect(parseCsv(content('shop.csv')).map((row) => row[3])).toEqual(['note', '', undefined]);
  });

  it('alters no text, also not one that a spreadsheet would take for a formula', async () => {
    const note = '=HYPERLINK("http://x.example","y")';
    await write([entry({ note })]);
    expect(parseCsv(content('shop.csv'))[1]?.[3]).toBe(note);
  });

  it('takes names that every object has for what they are', async () => {
    const tagged = { place: 'Riga', area: 'x' };
    await write([entry({ sold: 1 }, tagged)], { tags: ['constructor'] });
    await write([entry({ sold: 2 }, { ...tagged, constructor: 'builders' })], { tags: ['constructor'] });
    expect(parseCsv(content('shop.csv')).map((row) => row[2])).toEqual(['constructor', undefined, 'builders']);
  });

  it('begins a new file for a new field or tag, and leaves the old one as it is', async () => {
    await write([entry({ sold: 1 })]);
    const before = content('shop.csv');
    await write([entry({ sold: 2, returned: 1 })], { declared: grown });
    await write([entry({ sold: 3 })], { declared: grown, tags: ['team'] });
    await write([entry({ sold: 4 })]);
    expect(content('shop.csv')).toBe(before);
    expect(readdirSync(path).sort()).toEqual(['shop.2.csv', 'shop.3.csv', 'shop.csv']);
    expect(content('shop.2.csv').split('\n')[0]).toBe('time,area,place,note,open,opened_at,returned,sold,run_id,collected_at,provisional');
    expect(content('shop.3.csv').split('\n')[0]).toBe(
      'time,area,place,team,note,open,opened_at,returned,sold,run_id,collected_at,provisional',
    );
    // The newest file has all the columns of the first.
    expect([sold('shop.csv'), sold('shop.2.csv'), sold('shop.3.csv')]).toEqual([['1'], ['2'], ['3', '4']]);
  });

  it('begins a new file beside one that is not its own, and beside a measurement whose name begins alike', async () => {
    await write([]);
    writeFileSync(join(path, 'shop.csv'), 'my,own\n1,2\n');
    writeFileSync(join(path, 'shop_extra.csv'), header);
    await write([entry({ sold: 1 })]);
    expect(content('shop.csv')).toBe('my,own\n1,2\n');
    expect(content('shop_extra.csv')).toBe(header);
    expect(sold('shop.2.csv')).toEqual(['1']);
  });

  it.each([0, 1, 4, 5, 12, header.length - 1])('completes a header of which a crash left %i bytes', async (length) => {
    await write([entry({ sold: 1 })]);
    truncateSync(join(path, 'shop.csv'), length);
    await write([entry({ sold: 2 })]);
    expect(readdirSync(path)).toEqual(['shop.csv']);
    expect(content('shop.csv').startsWith(header)).toBe(true);
    expect(sold('shop.csv')).toEqual(['2']);
  });

  it('cuts no row that another program wrote, or that lacks its line break only', async () => {
    await write([entry({ sold: 1 })]);
    const row = '2026-11-21T20:00:00.000Z,x,y,,,,7,run-1,2026-11-21T20:00:01.002Z,false';
    writeFileSync(join(path, 'shop.csv'), `${header}${row}\n${row}`);
    const logged: string[] = [];
    await write([entry({ sold: 2 })], { logged });
    expect(sold('shop.csv')).toEqual(['7', '7', '2']);
    expect(logged).toEqual([]);
  });

  it('cuts a row off that a crash left unfinished, however long it is', async () => {
    await write([entry({ sold: 1 })]);
    appendFileSync(join(path, 'shop.csv'), `2026-11-21T20:00:00.000Z,"${'x\n,""'.repeat(100_000)}`);
    const logged: string[] = [];
    await write([entry({ sold: 2 })], { logged });
    expect(sold('shop.csv')).toEqual(['1', '2']);
    expect(logged).toEqual(['cut off a row that a crash had left unfinished']);
  });

  it.each([
    ['a note without a line break', '# a note by a person', '# a note by a person\n'],
    ['a note with half a quotation', '# a screen of 5"\n', '# a screen of 5"\n'],
    ['a total', 'total,,,,,,1', 'total,,,,,,1\n'],
    ['a time that is no row', '2026-11-21T20:00:00.000Z said a person', '2026-11-21T20:00:00.000Z said a person\n'],
  ])('keeps what somebody else has written behind its rows: %s', async (_, foreign, kept) => {
    await write([entry({ sold: 1 })]);
    const before = content('shop.csv');
    appendFileSync(join(path, 'shop.csv'), foreign);
    const logged: string[] = [];
    await write([entry({ sold: 2 })], { logged });
    expect(content('shop.csv').startsWith(`${before}${kept}2026-11-21T20:00:00.000Z,"north","Riga",,,,2,`)).toBe(true);
    expect(logged).toEqual([]);
  });

  it('cuts off every beginning of a row, and nothing before it', async () => {
    await write([entry({ sold: -1.5e-7, open: false, note: 'a "b",\n1', opened_at: '2026-11-20T07:08:09.000Z' })]);
    const before = content('shop.csv');
    const row = before.slice(header.length);
    for (let length = 1; length < row.length - 1; length++) {
      writeFileSync(join(path, 'shop.csv'), `${before}# 5"\n${row.slice(0, length)}`);
      await write([entry({ sold: 2 })]);
      expect(content('shop.csv').slice(before.length), row.slice(0, length)).toMatch(
        /^# 5"\n2026-11-21T20:00:00\.000Z,"north","Riga",,,,2,.*\n$/,
      );
    }
  });

  it('empties no file of another number, however long the number is', async () => {
    await write([]);
    for (const number of ['999999999', '999999999999999', '9999999999999999']) {
      writeFileSync(join(path, `shop.${number}.csv`), 'my,own\n');
    }
    await write([entry({ sold: 1 })]);
    await write([entry({ sold: 2 })]);
    await write([entry({ sold: 3, returned: 1 })], { declared: grown });
    expect([sold('shop.csv'), sold('shop.2.csv')]).toEqual([['1', '2'], ['3']]);
    expect(readdirSync(path)).toHaveLength(5);
    expect(content('shop.999999999.csv')).toBe('my,own\n');
  });

  it('goes on with a file of its own whose number has ten digits', async () => {
    await write([]);
    writeFileSync(join(path, 'shop.1000000000.csv'), header);
    await write([entry({ sold: 1 })]);
    await write([entry({ sold: 2 })]);
    expect(readdirSync(path)).toEqual(['shop.1000000000.csv']);
    expect(sold('shop.1000000000.csv')).toEqual(['1', '2']);
  });

  it('cuts it off also in a file that it leaves for a new one', async () => {
    await write([entry({ sold: 1 })]);
    appendFileSync(join(path, 'shop.csv'), '2026-11-21T20:00:00.000Z,"no');
    await write([entry({ sold: 2 })], { declared: grown });
    expect([sold('shop.csv'), sold('shop.2.csv')]).toEqual([['1'], ['2']]);
  });

  it('writes to a new file where somebody removes it meanwhile', async () => {
    const open = await file.open(file.settings.parse({ path, format: 'csv' }), createSinkContext({ measurements: [shop] }));
    await open.write([entry({ sold: 1 })]);
    rmSync(join(path, 'shop.csv'));
    await open.write([entry({ sold: 2 })]);
    await open.close();
    expect(sold('shop.csv')).toEqual(['2']);
  });

  it('makes its folder, but not the one around it', async () => {
    await write([]);
    expect(existsSync(path)).toBe(true);
    path = join(dir, 'none', 'archive');
    await expect(write([])).rejects.toThrow(`there is no directory for ${path}: make it, or set \`path\` to another file`);
    path = join(dir, 'file');
    writeFileSync(path, '');
    const failure = await write([]).catch((error) => error);
    expect(failure).toBeInstanceOf(PermanentError);
    expect(failure.message).toBe(`${path} is a file: with the format csv, \`path\` must be a folder`);
  });

  it('does not go to standard output', () => {
    const { error } = file.settings.safeParse({ path: '-', format: 'csv' });
    expect(error?.issues).toEqual([
      expect.objectContaining({
        path: ['path'],
        message: 'must be a folder where the format is csv, which has a file for each measurement; to standard output goes ndjson',
      }),
    ]);
  });

  it('tells the size of its files', async () => {
    const bytes = async () =>
      (await file.status?.(file.settings.parse({ path, format: 'csv' }), [shop], createSinkContext({ measurements: [shop] })))?.bytes;
    expect(await bytes()).toBeUndefined();
    await write([entry({ sold: 1 })]);
    expect(await bytes()).toBe(content('shop.csv').length);
  });
});
