import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BlockedError, PermanentError, SplitError, TransientError } from '../sdk/errors.ts';
import { judgeCommon, judgeContent, retryAfter, StatusError } from './policy.ts';

const now = new Date('2026-11-21T20:00:00.000Z');
const where = 'api.example/x';
const page = '<!DOCTYPE html><html><head><title>Request\n Blocked</title></head></html>';

function answered(status: number, headers: Record<string, string> = {}, body = '') {
  return judgeCommon(
    { error: new StatusError('status'), response: { status, headers: new Headers(headers), body }, number: 1 },
    now,
    where,
  );
}

function thrown(error: unknown, body?: string, headers: Record<string, string> = {}) {
  const response = body === undefined ? undefined : { status: 200, headers: new Headers(headers), body };
  return judgeCommon({ error, response, number: 1 }, now, where);
}

function withCode(code: string) {
  return new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) });
}

describe('judgeCommon: statuses', () => {
  it.each([
    [202, TransientError, 'not-yet'],
    [204, PermanentError, 'invalid-answer'],
    [304, PermanentError, 'invalid-answer'],
    [400, PermanentError, 'invalid-answer'],
    [401, BlockedError, 'unauthorized'],
    [402, PermanentError, 'forbidden'],
    [403, PermanentError, 'forbidden'],
    [404, PermanentError, 'not-found'],
    [407, PermanentError, 'network'],
    [408, TransientError, 'timeout'],
    [410, PermanentError, 'not-found'],
    [413, SplitError, 'too-large'],
    [414, SplitError, 'too-large'],
    [422, PermanentError, 'invalid-answer'],
    [425, TransientError, 'server'],
    [429, TransientError, 'rate-limited'],
    [431, SplitError, 'too-large'],
    [451, PermanentError, 'forbidden'],
    [500, TransientError, 'server'],
    [502, TransientError, 'server'],
    [503, TransientError, 'server'],
    [504, TransientError, 'server'],
    [599, TransientError, 'server'],
  ])('%d', (status, type, kind) => {
    const error = answered(status);
    expect(error).toBeInstanceOf(type);
    expect(error.kind).toBe(kind);
    expect(error.message).toBe(`api.example/x answered ${status}`);
  });

  it.each([
    ['a page', {}, page, BlockedError, 'blocked', undefined],
    ['a page with retry-after', { 'retry-after': '3' }, page, TransientError, 'rate-limited', 3000],
    ['a spent quota', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795291260' }, '{}', TransientError, 'quota', 60_000],
    [
      'a spent quota that counts seconds',
      { 'x-ratelimit-remaining': '0.0', 'x-ratelimit-reset': '30' },
      '',
      TransientError,
      'quota',
      30_000,
    ],
    ['a spent quota without an end', { 'ratelimit-remaining': '0' }, '', TransientError, 'quota', undefined],
    ['words', {}, '{"message":"You have exceeded a secondary rate limit"}', TransientError, 'rate-limited', undefined],
    ['no scope', { 'x-ratelimit-remaining': '10' }, '{"message":"Must have admin rights"}', PermanentError, 'forbidden', undefined],
  ] as const)('403 with %s', (_name, headers, body, type, kind, ms) => {
    const error = answered(403, headers, body);
    expect(error).toBeInstanceOf(type);
    expect(error.kind).toBe(kind);
    expect((error as TransientError).retryAfterMs).toBe(ms);
  });

  it('429: retry-after first, then the reset', () => {
    const spent = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795291260' };
    expect(answered(429, { ...spent, 'retry-after': '5' })).toMatchObject({ kind: 'rate-limited', retryAfterMs: 5000 });
    expect(answered(429, spent)).toMatchObject({ kind: 'quota', retryAfterMs: 60_000 });
    expect(answered(429, { 'x-ratelimit-reset': '1795291260' })).toMatchObject({ kind: 'rate-limited', retryAfterMs: undefined });
  });

  it('honours retry-after on 503 and 202', () => {
    expect(answered(503, { 'retry-after': '2' })).toMatchObject({ kind: 'server', retryAfterMs: 2000 });
    expect(answered(202, { 'retry-after': '2' })).toMatchObject({ kind: 'not-yet', retryAfterMs: 2000 });
  });

  it("measures dates by the server's clock", () => {
    const skewed = { date: 'Sat, 21 Nov 2026 19:00:00 GMT' };
    expect(answered(429, { ...skewed, 'retry-after': 'Sat, 21 Nov 2026 19:00:30 GMT' })).toMatchObject({ retryAfterMs: 30_000 });
    const reset = String(Date.parse('2026-11-21T19:01:00Z') / 1000);
    expect(answered(403, { ...skewed, 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset })).toMatchObject({ retryAfterMs: 60_000 });
  });

  it.each([
    ['{"message":"Bad\\ncredentials"}', 'api.example/x answered 401 (Bad credentials)'],
    ['{"error":{"message":"PERMISSION_DENIED"}}', 'api.example/x answered 401 (PERMISSION_DENIED)'],
    ['{"title":"API Key Invalid","detail":"Your key is wrong"}', 'api.example/x answered 401 (Your key is wrong)'],
    [page, 'api.example/x answered 401 (Request Blocked)'],
    ['[1]', 'api.example/x answered 401'],
    ['{"message":', 'api.example/x answered 401'],
    [`{"message":"${'x'.repeat(300)}"}`, `api.example/x answered 401 (${'x'.repeat(199)}…)`],
  ])("brings the upstream's own words: %s", (body, message) => {
    expect(answered(401, {}, body).message).toBe(message);
  });
});

describe('judgeCommon: sockets', () => {
  it.each([
    ['ECONNREFUSED', TransientError, 'network', 'api.example/x refused the connection'],
    ['ECONNRESET', TransientError, 'network', 'api.example/x broke the connection'],
    ['UND_ERR_SOCKET', TransientError, 'network', 'api.example/x broke the connection'],
    ['ENOTFOUND', TransientError, 'network', 'api.example/x is not known to DNS'],
    ['EAI_AGAIN', TransientError, 'network', 'api.example/x could not be looked up: DNS did not answer'],
    ['UND_ERR_CONNECT_TIMEOUT', TransientError, 'timeout', 'api.example/x did not answer in time'],
    ['HPE_INVALID_CONSTANT', TransientError, 'network', 'api.example/x does not speak HTTP (HPE_INVALID_CONSTANT)'],
    ['CERT_HAS_EXPIRED', PermanentError, 'network', /^the certificate of api\.example\/x is not accepted \(CERT_HAS_EXPIRED\)/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', PermanentError, 'network', /NODE_EXTRA_CA_CERTS/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', PermanentError, 'network', /certificate/],
  ] as const)('%s', (code, type, kind, message) => {
    const error = thrown(withCode(code));
    expect(error).toBeInstanceOf(type);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(message);
  });

  it('looks into causes and collections of errors', () => {
    const both = new AggregateError([new Error('IPv6'), Object.assign(new Error('IPv4'), { code: 'ECONNREFUSED' })]);
    expect(thrown(new Error('client', { cause: new TypeError('fetch failed', { cause: both }) })).message).toMatch(/refused/);
    const circle = new Error('circle');
    circle.cause = circle;
    expect(thrown(circle).message).toBe('api.example/x: circle');
  });

  it.each(['TimeoutError', 'AbortError'])("%s of a client's own", (name) => {
    expect(thrown(new DOMException('stopped', name))).toMatchObject({ name: 'TransientError', kind: 'timeout' });
  });

  it('fetch without a code', () => {
    expect(thrown(new TypeError('terminated'))).toMatchObject({ name: 'TransientError', kind: 'network' });
    const badPort = thrown(new TypeError('fetch failed', { cause: new Error('bad port') }));
    expect(badPort).toMatchObject({ name: 'PermanentError', kind: 'network' });
  });

  it.each(['Proxy response (407) !== 200 when HTTP Tunneling', 'Proxy Authentication Required (407)'])('%s', (message) => {
    const error = thrown(new TypeError('fetch failed', { cause: new DOMException(message, 'AbortError') }));
    expect(error).toMatchObject({ name: 'PermanentError', kind: 'network', message: 'api.example/x: the proxy answered 407' });
  });
});

describe('judgeCommon: contents', () => {
  function zodError(value: unknown) {
    return z.object({ items: z.array(z.object({ 'full name': z.string(), stars: z.number() })) }).safeParse(value).error;
  }

  it('another shape than documented: the path of the first issue', () => {
    const error = thrown(zodError({ items: [{ 'full name': 'x', stars: '3' }, { stars: null }] }), '{}');
    expect(error).toMatchObject({ name: 'PermanentError', kind: 'invalid-answer' });
    expect(error.message).toBe(
      'api.example/x answered what was not expected: items[0].stars: expected number, received string (and 2 more)',
    );
  });

  it("an error with 200: the upstream's own words", () => {
    expect(thrown(zodError({ error: 'gone wrong' }), '{"error":"gone wrong"}').message).toMatch(/items: expected array.* \(gone wrong\)$/);
  });

  it.each([new SyntaxError('Unexpected token <'), zodError('<html>'), new Error('odd')])('a page with 200: %s', (error) => {
    const judged = thrown(error, page);
    expect(judged).toMatchObject({ name: 'TransientError', kind: 'invalid-answer' });
    expect(judged.message).toBe('api.example/x answered with a web page (Request Blocked)');
  });

  it('broken JSON', () => {
    expect(thrown(new SyntaxError('Unexpected end'), '{"a":')).toMatchObject({ name: 'TransientError', kind: 'invalid-answer' });
  });

  it.each([
    new TypeError("Cannot read properties of undefined (reading 'x')"),
    new ReferenceError('x'),
    new RangeError('x'),
    'a string',
    undefined,
  ])('a defect: %s', (error) => {
    expect(thrown(error)).toMatchObject({ name: 'PermanentError', kind: 'defect' });
    expect(thrown(error, '{}')).toMatchObject({ name: 'PermanentError', kind: 'defect' });
  });

  it("a client's own error", () => {
    expect(thrown(new Error('odd'))).toMatchObject({ name: 'PermanentError', kind: 'invalid-answer', message: 'api.example/x: odd' });
    expect(thrown(new Error('odd'), '{}').message).toBe('api.example/x answered what was not expected: odd');
  });

  it('takes what says itself what happens next', () => {
    const own = new SplitError('too many');
    expect(thrown(own)).toBe(own);
    expect(judgeContent({ error: own, number: 1 })).toBe(own);
  });

  it('a status that the call takes is not the failure', () => {
    const response = { status: 404, headers: new Headers(), body: '[]' };
    expect(judgeContent({ error: zodError([]), response, number: 1 }, where).kind).toBe('invalid-answer');
    expect(judgeCommon({ error: zodError([]), response, number: 1 }, now, where).kind).toBe('not-found');
  });
});

describe('retryAfter', () => {
  it.each([
    ['7', 7000],
    ['0', 0],
    ['1.5', 1500],
    [' 120 ', 120_000],
    ['Sat, 21 Nov 2026 20:01:00 GMT', 60_000],
    ['Sat, 21 Nov 2026 19:01:00 GMT', 0],
    ['99999999999999999999', 3_155_760_000_000],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    ['2026-11-21', undefined],
  ])('%j', (text, ms) => {
    expect(retryAfter(new Headers({ 'retry-after': text }), now)).toBe(ms);
  });
});
