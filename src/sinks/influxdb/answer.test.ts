import { describe, expect, it } from 'vitest';
import { createSinkContext } from '../../testing/sink-context.ts';
import { errorOf, readRefusal, wordsOf } from './answer.ts';
import { type Answer, type Connection, connectionTo } from './connection.ts';
import { Settings } from './settings.ts';

function answer(status: number, body: object | string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: new Headers(headers), body: typeof body === 'string' ? body : JSON.stringify(body) };
}

function to(server: string): Connection {
  const settings = Settings.parse({ url: 'http://localhost:8086', token: 'a-token', org: 'petabridge', bucket: 'kpi', server });
  return connectionTo(settings, createSinkContext({ measurements: [] }));
}
const [two, three, vm] = [to('influxdb2'), to('influxdb3'), to('victoriametrics')];

/** What is thrown, or returned. */
function refusal(given: Answer, lines: number, connection = two): unknown {
  try {
    return readRefusal(given, lines, connection);
  } catch (error) {
    return error;
  }
}

const conflict =
  'failure writing points to database: partial write: field type conflict: input field "v" on measurement "m" is type string, already exists as type float dropped=1';
const named = (...numbers: readonly unknown[]) => ({
  error: 'partial write of line protocol occurred',
  data: numbers.map((line_number) => ({ original_line: 'm v=hi 1', line_number, error_message: `line ${line_number} is bad` })),
});

describe('influxdb: lines that are refused', () => {
  it.each([
    ['a partial write of InfluxDB 2', answer(422, { code: 'unprocessable entity', message: conflict }), two, conflict],
    [
      'a line that it cannot read',
      answer(400, { code: 'invalid', message: "unable to parse 'm v=': missing field value" }),
      two,
      /unable to parse/,
    ],
    ['a partial write that names none', answer(400, { error: 'partial write of line protocol occurred' }), three, /partial write/],
    [
      'a refusal of InfluxDB 3 that stored nothing',
      answer(400, { error: 'parsing failed for write_lp endpoint', data: named(2).data[0] }),
      three,
      /parsing/,
    ],
    ['a partial success in the cloud', answer(201, { message: 'written with errors' }), three, /written with errors/],
    ['a line that is too long', answer(400, 'too long line: more than 262144 bytes'), vm, /too long line/],
  ])('are looked for by halving after %s', (_, given, connection, words) => {
    expect(refusal(given, 5, connection)).toMatchObject({
      name: 'SplitError',
      kind: 'rejected',
      message: typeof words === 'string' ? words : expect.stringMatching(words),
    });
    expect(refusal(given, 1, connection)).toEqual([{ index: 0, reason: typeof words === 'string' ? words : expect.stringMatching(words) }]);
  });

  it('are those that InfluxDB 3 names', () => {
    expect(refusal(answer(400, named(5, 2)), 5, three)).toEqual([
      { index: 1, reason: 'line 2 is bad' },
      { index: 4, reason: 'line 5 is bad' },
    ]);
  });

  it.each([
    ['past the end', named(6)],
    ['before the start', named(0)],
    ['not at all', { ...named(1), data: [] }],
    ['by something else', named('2')],
    ['with nothing', { ...named(1), data: [null] }],
    ['as many as it ever names', named(...Array.from({ length: 100 }, (_, index) => index + 1))],
  ])('are looked for by halving where it names them %s', (_, body) => {
    expect(refusal(answer(400, body), body.data.length >= 100 ? 200 : 5, three)).toMatchObject({ name: 'SplitError' });
  });

  it.each([
    ['the request', answer(400, { code: 'invalid', message: 'invalid precision; valid precision units are ns, us, ms, and s' }), two],
    ['its path', answer(400, 'unsupported path requested: "/api/v2/write"'), vm],
    ['it with a web page', answer(400, '<html><body>line 1: bad request</body></html>'), two],
  ])('are not looked for where the server refuses %s', (_, given, connection) => {
    expect(refusal(given, 5, connection)).toMatchObject({
      name: 'PermanentError',
      message: expect.stringContaining('refused the request (400)'),
    });
  });
});

describe('influxdb: an answer that is none', () => {
  it.each([
    [
      401,
      { code: 'unauthorized', message: 'unauthorized access' },
      'PermanentError',
      'unauthorized',
      'check "token", and that it may write to bucket kpi',
    ],
    [403, { message: 'insufficient permissions' }, 'PermanentError', 'forbidden', 'check "token"'],
    [404, { code: 'not found', message: 'bucket "kpi" not found' }, 'PermanentError', 'not-found', 'run kpi db init to make bucket kpi'],
    [404, { code: 'not found', message: 'organization name "petabridge" not found' }, 'PermanentError', 'not-found', 'run kpi db init'],
    [404, '<html>nothing here</html>', 'PermanentError', 'not-found', 'InfluxDB answered 404: a web page; check "url" and "server"'],
    [413, { message: 'request too large' }, 'SplitError', 'too-large', 'request too large'],
    [202, '', 'TransientError', 'server', 'answered 202: without a word'],
    [429, { message: 'slow down' }, 'TransientError', 'rate-limited', 'slow down'],
    [500, { message: 'cache maximum memory size exceeded' }, 'TransientError', 'server', 'cache maximum memory size exceeded'],
    [503, 'busy', 'TransientError', 'server', 'busy'],
    [301, '', 'PermanentError', 'invalid-answer', 'leads elsewhere'],
    [200, '<html></html>', 'PermanentError', 'invalid-answer', 'check "url" and "server"'],
    [405, '', 'PermanentError', 'invalid-answer', 'check "url" and "server"'],
  ])('%i %j is a %s, %s', (status, body, name, kind, words) => {
    expect(errorOf(answer(status, body), two)).toMatchObject({ name, kind, message: expect.stringContaining(words) });
  });

  it.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'Sat, 21 Nov 2026 20:01:30 GMT' }, 90_000],
    [{ 'retry-after': 'Sat, 21 Nov 2026 20:01:30 GMT', date: 'Sat, 21 Nov 2026 20:01:00 GMT' }, 30_000],
    [{ 'retry-after': 'Sat, 21 Nov 2026 19:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('asks, by %j, to wait %s ms', (headers, retryAfterMs) => {
    expect(errorOf(answer(503, '', headers), two)).toMatchObject({ name: 'TransientError', retryAfterMs });
  });

  it('is told in one line, and whole, since the engine cuts it after it was redacted', () => {
    expect(wordsOf(answer(500, { message: 'one\n two', error: 'three' }))).toBe('one two: three');
    expect(wordsOf(answer(500, 'x'.repeat(5000)))).toHaveLength(5000);
  });
});
