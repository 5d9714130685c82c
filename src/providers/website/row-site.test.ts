import { describe, expect, it } from 'vitest';
import { readRow, slim } from './row-site.ts';

function read(values: Readonly<Record<string, unknown>>) {
  const unknown = new Set<string>();
  return { ...readRow({ place: 'row 1', values }, unknown), unknown: [...unknown] };
}

const url = 'https://a.example/x';

describe('a row', () => {
  it('is a site as one of the config', () => {
    const values = {
      url,
      name: ' a ',
      match: ' A',
      absent: 'B',
      status: '2xx, 404',
      redirects: '0',
      certificate_days: '14',
      ACTIVE: 'yes',
    };
    expect(read(values)).toMatchObject({
      site: {
        url,
        site: 'a',
        match: ' A',
        absent: 'B',
        status: ['2xx', 404],
        redirects: 0,
        certificateDays: 14,
        method: 'GET',
        headers: {},
      },
    });
  });

  it('has the defaults where a cell is empty', () => {
    const usual = read({ url });
    expect(usual).toMatchObject({ site: { site: url, status: ['2xx'], redirects: 5 } });
    const cells = Object.fromEntries(
      ['name', 'match', 'absent', 'status', 'redirects', 'certificateDays', 'active'].map((name) => [name, '']),
    );
    expect(read({ url, ...cells })).toEqual(usual);
    expect(read({ url, match: null, active: null, status: undefined })).toEqual(usual);
  });

  it.each([true, 1, '1', 'T', ' true', 'Yes', 'on', 'y'])('is active with %j', (active) => {
    expect(read({ url, active })).toHaveProperty('site.site', url);
  });

  it.each([false, 0, '0', 'f', 'FALSE', 'no', 'off', 'n'])('is no site with %j', (active) => {
    expect(read({ url: 'not even an address', active })).toEqual({ place: 'row 1', site: undefined, unknown: [] });
  });

  it.each([
    [{}, 'it has no url'],
    [{ url: ' ' }, 'it has no url'],
    [{ url: 7 }, 'url: it is no text of at most 8192 characters'],
    [{ url: `https://a.example/${'x'.repeat(9000)}` }, 'url: it is no text of at most 8192 characters'],
    [{ url: 'a.example' }, 'url: not an address: write it in full, as in https://example.org/'],
    [{ url: 'file:///etc/passwd' }, 'url: not an address: write it in full, as in https://example.org/'],
    [{ url: 'https://ada:word-1234@a.example' }, 'url: it holds a user name or password; a site with a secret belongs into "sites"'],
    [{ url: 'https://word-1234@a.example' }, 'url: it holds a user name or password; a site with a secret belongs into "sites"'],
    [{ url, match: '(' }, 'match: not a regular expression: /(/: Unterminated group'],
    [{ url, match: { $gt: '' } }, 'match: it is no text of at most 8192 characters'],
    [
      { url, status: '200 ok' },
      'status: not a status: write a number such as 200, a class such as 2xx, or several with spaces between them',
    ],
    [{ url, status: 600 }, 'status: not a status: write a number such as 200, a class such as 2xx, or several with spaces between them'],
    [{ url, redirects: '-1' }, 'redirects: it is no whole number'],
    [{ url, redirects: 21 }, 'redirects: Too big: expected number to be <=20'],
    [{ url, active: 'maybe' }, 'active: it is neither true nor false'],
    [{ url, URL: url }, 'it has one column twice ("url" and "URL")'],
    [{ url, match: 'x', pattern: 'x' }, 'it has one column twice ("match" and "pattern")'],
    [{ url, match: '', Match: 'x' }, 'it has one column twice ("match" and "Match")'],
  ])('%j is bad: %s', (values, fault) => {
    expect(read(values)).toMatchObject({ place: 'row 1', fault });
    expect(JSON.stringify(read(values))).not.toContain('word-1234');
  });

  it('may have columns that mean nothing here, and none that send a secret', () => {
    expect(read({ url, owner: 'ada', headers: { authorization: 'x' }, body: 'y', method: 'POST' })).toMatchObject({
      site: { headers: {}, method: 'GET' },
      unknown: ['owner', 'headers', 'body', 'method'],
    });
  });

  it('that could not be read stays so', () => {
    expect(readRow({ place: 'line 3', fault: 'it is torn' }, new Set())).toEqual({ place: 'line 3', fault: 'it is torn' });
  });
});

describe('a row that is kept', () => {
  it('lets go what unknown columns hold, and keeps their names for the notice', () => {
    const kept = slim({ place: 'row 1', values: { URL: url, page: 'x'.repeat(100_000), certificate_days: 3 } });
    expect(kept).toEqual({ place: 'row 1', values: { URL: url, page: undefined, certificate_days: 3 } });
    const unknown = new Set<string>();
    readRow(kept, unknown);
    expect([...unknown]).toEqual(['page']);
  });

  it('is a fault where a cell is too long', () => {
    const values = { url, absent: 'x'.repeat(8193) };
    expect(slim({ place: 'row 2', values })).toEqual({ place: 'row 2', fault: 'absent: it is no text of at most 8192 characters' });
    expect(slim({ place: 'row 2', values: { url, absent: 'x'.repeat(8192) } })).toHaveProperty('values');
  });
});
