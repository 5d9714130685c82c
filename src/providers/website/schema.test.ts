import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { secretPaths } from '../../engine/config/secrets.ts';
import { Secret } from '../../sdk/secret.ts';
import { settings } from './schema.ts';

function problems(...sites: unknown[]): string[] {
  const parsed = settings.safeParse({ sites });
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

function parsed(site: object) {
  const [one] = settings.parse({ sites: [site] }).sites;
  if (!one) throw new Error('no site');
  return one;
}

describe('the tag of a site', () => {
  it('is its URL without userinfo, query and fragment', () => {
    expect(parsed({ url: 'https://user:pass-word@getakka.net/a?token=hush#part' }).site).toBe('https://getakka.net/a');
  });

  it('is its name, if it has one', () => {
    expect(parsed({ url: 'https://getakka.net', name: 'docs' }).site).toBe('docs');
  });

  it('is never that of two', () => {
    expect(problems({ url: 'https://a.example/x?1' }, { url: 'https://b.example/' }, { url: 'https://a.example/x?2' })).toEqual([
      'sites.2: sites[0] and sites[2] are both called "https://a.example/x": give one of them another name',
    ]);
    expect(problems({ url: 'https://a.example/x?1' }, { url: 'https://a.example/x?2', name: 'second' })).toEqual([]);
  });
});

describe('an address', () => {
  it.each(['getakka.net', 'localhost:8080', '//getakka.net', 'ftp://getakka.net', 'https:getakka.net', 'https://', 'mailto:a@b.c', ''])(
    'is not %j',
    (url) => {
      expect(problems({ url })).toEqual(['sites.0.url: not an address: write it in full, as in https://example.org/']);
    },
  );

  it('gives its userinfo as a header, and not as an address', () => {
    const { url, headers, password } = parsed({ url: 'https://user:p%40ss-word@getakka.net/a?b=c#d' });
    expect(url).toBe('https://getakka.net/a?b=c');
    expect((headers.authorization as Secret).reveal()).toBe(`Basic ${Buffer.from('user:p@ss-word').toString('base64')}`);
    expect(password?.reveal()).toBe('p@ss-word');
    expect(JSON.stringify({ url, headers, password })).not.toContain('ss-word');
  });

  it('leaves a header that is given as it is', () => {
    const { headers } = parsed({ url: 'https://user:pass-word@getakka.net/', headers: { Authorization: 'Bearer other' } });
    expect((headers.authorization as Secret).reveal()).toBe('Bearer other');
  });
});

describe('a site', () => {
  it('has its defaults', () => {
    const whole = settings.parse({ sites: [{ url: 'https://a.example/' }] });
    expect(whole).toMatchObject({ timeout: 10_000, concurrency: 50 });
    expect(whole.sites[0]).toMatchObject({ method: 'GET', status: ['2xx'], redirects: 5, headers: {} });
  });

  it('takes patterns that compile, and names one that does not', () => {
    expect(problems({ url: 'https://a.example/', match: '(?i:akka)', absent: 'Error \\d+' })).toEqual([]);
    expect(problems({ url: 'https://a.example/', match: '(akka', absent: '[' })).toEqual([
      'sites.0.match: not a regular expression: /(akka/: Unterminated group',
      'sites.0.absent: not a regular expression: /[/: Unterminated character class',
    ]);
  });

  it.each([[404], ['4xx'], [[200, '3xx']]])('takes the status %j', (status) => {
    expect(parsed({ url: 'https://a.example/', status }).status).toEqual([status].flat());
  });

  it.each([[99], ['6xx'], ['ok'], [[]], [[200, 'x']]])('does not take the status %j', (status) => {
    expect(problems({ url: 'https://a.example/', status }).join()).toContain('sites.0.status');
  });

  it('has secrets in its headers, but for those that never are', () => {
    const { headers } = parsed({
      url: 'https://a.example/',
      headers: { Accept: 'text/html', 'X-Key': 'hush-hush', cookie: { file: 'k' } },
    });
    expect(headers.accept).toBe('text/html');
    expect(headers['x-key']).toBeInstanceOf(Secret);
    expect(headers.cookie).toBeInstanceOf(Secret);
    expect(headers['X-Key']).toBeUndefined();
  });

  it('shows the config where its secrets are', () => {
    const given = { sites: [{ url: 'https://a.example/', headers: { 'User-Agent': 'probe', accept: 'text/html', 'X-Key': 'hush-hush' } }] };
    expect(secretPaths(settings, given)).toEqual([['sites', 0, 'headers', 'X-Key']]);
  });

  it('does not take headers that are made, or are none', () => {
    expect(problems({ url: 'https://a.example/', headers: { Host: 'b.example' } })).toEqual([
      'sites.0.headers.Host: this header is made by the check itself',
    ]);
    expect(problems({ url: 'https://a.example/', headers: { 'a b': 'c' } })).toEqual(['sites.0.headers.a b: not a name of a header']);
  });

  it('cannot match the page of an answer to HEAD', () => {
    expect(problems({ url: 'https://a.example/', method: 'HEAD', match: 'a' })).toEqual([
      'sites.0.match: an answer to HEAD has no page to match: use GET',
    ]);
  });

  it('has no other settings', () => {
    expect(problems({ url: 'https://a.example/', macth: 'a' }).join()).toContain('macth');
  });
});

it('has a JSON Schema', () => {
  const schema = z.toJSONSchema(settings, { io: 'input' });
  expect(Object.keys(schema.properties ?? {})).toEqual(['sites', 'sitesFrom', 'timeout', 'concurrency']);
});

it.each(['10', '0s', 'ten', '2h'])('does not take the timeout %j', (timeout) => {
  expect(settings.safeParse({ sites: [{ url: 'https://a.example/' }], timeout }).success).toBe(false);
});
