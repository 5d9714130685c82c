import { describe, expect, it } from 'vitest';
import { type Format, rowsOf } from './source-text.ts';

const read = (text: string | Uint8Array, format: Format) => [...rowsOf(typeof text === 'string' ? Buffer.from(text) : text, format)];

describe('an address a line', () => {
  it('has comments and empty lines between', () => {
    expect(read('\ufeff# ours\nhttps://a.example\r\n\n  https://b.example  \n#https://c.example', 'lines')).toEqual([
      { place: 'line 2', values: { url: 'https://a.example' } },
      { place: 'line 4', values: { url: 'https://b.example' } },
    ]);
  });
});

describe('JSON', () => {
  it('is a list of addresses and objects', () => {
    expect(read('["https://a.example", { "url": "https://b.example", "match": "b" }, 3, null, []]', 'json')).toEqual([
      { place: 'item 1', values: { url: 'https://a.example' } },
      { place: 'item 2', values: { url: 'https://b.example', match: 'b' } },
      ...[3, 4, 5].map((number) => ({ place: `item ${number}`, fault: 'it is neither an address nor an object with one' })),
    ]);
  });

  it.each([
    ['{"url": "https://a.example"}', 'holds no list: write [{ "url": "https://…" }, …]'],
    ['[\n"https://a.example"\n"https://b.example"]', 'is not well-formed JSON, in line 3'],
    ['[\n"https://a.example",\nhttps://ada:secret-1@b.example]', 'is not well-formed JSON'],
    ['', 'is not well-formed JSON'],
  ])('that is none: %s', (text, message) => {
    expect(() => read(text, 'json')).toThrow(expect.objectContaining({ name: 'PermanentError', kind: 'config', message }));
  });
});

describe('CSV', () => {
  it('has its columns named in the first line', () => {
    expect(read('Name, URL\na,https://a.example\n\nb\n"c",https://c.example\n', 'csv')).toEqual([
      { place: 'line 2', values: { Name: 'a', URL: 'https://a.example' } },
      { place: 'line 4', fault: 'it has 1 cells, and the first line names 2' },
      { place: 'line 5', values: { Name: 'c', URL: 'https://c.example' } },
    ]);
  });

  it.each([
    ['https://a.example\nhttps://b.example', 'has no column "url": its first line names the columns, with commas between them'],
    ['url;match\nhttps://a.example;x', 'has no column "url": its first line names the columns, with commas between them'],
    [
      'u"rl\n',
      'has no first line of names that can be read: a quote stands inside a cell: a cell with quotes stands in quotes, and its own are doubled',
    ],
    ['url,match,url\nhttps://a.example,x,https://b.example', 'names one column twice, in cells 1 and 3 of its first line ("url")'],
    ['url,match, match\nhttps://a.example,x,y', 'names one column twice, in cells 2 and 3 of its first line ("match")'],
    ['url,x,URL\nhttps://a.example,x,y', 'names one column twice, in cells 1 and 3 of its first line ("url" and "URL")'],
    ['url,pattern,match\nhttps://a.example,x,y', 'names one column twice, in cells 2 and 3 of its first line ("pattern" and "match")'],
    ['url,note,note\nhttps://a.example,x,y', 'names one column twice, in cells 2 and 3 of its first line'],
  ])('without them is none: %j', (text, message) => {
    expect(() => read(text, 'csv')).toThrow(expect.objectContaining({ name: 'PermanentError', kind: 'config', message }));
  });
});

describe('bytes that are no UTF-8', () => {
  const broken = Buffer.concat([
    Buffer.from('url,name\nhttps://a.example,caf'),
    Buffer.from([0xe9]),
    Buffer.from('\nhttps://b.example,b\n'),
  ]);

  it.each([
    [
      'csv',
      [
        { place: 'line 2', fault: 'it holds bytes that are not UTF-8' },
        { place: 'line 3', values: { url: 'https://b.example', name: 'b' } },
      ],
    ],
    [
      'lines',
      [
        { place: 'line 1', values: { url: 'url,name' } },
        { place: 'line 2', fault: 'it holds bytes that are not UTF-8' },
        { place: 'line 3', values: { url: 'https://b.example,b' } },
      ],
    ],
  ] as const)('are a fault of their line in %s', (format, rows) => {
    expect(read(broken, format)).toEqual(rows);
  });

  it('are a fault of the whole in JSON, and so is UTF-16', () => {
    expect(() => read(Buffer.concat([Buffer.from('["'), Buffer.from([0xff]), Buffer.from('"]')]), 'json')).toThrow('is not UTF-8');
    for (const format of ['json', 'csv', 'lines'] as const) {
      expect(() => read(Buffer.from('\ufeffhttps://a.example', 'utf16le'), format)).toThrow('is UTF-16: save it as UTF-8');
    }
  });

  it('are not mistaken for the sign that stands for them', () => {
    expect(read('https://a.example/\ufffd', 'lines')).toEqual([{ place: 'line 1', values: { url: 'https://a.example/\ufffd' } }]);
  });
});
