import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Secret, secret } from '../../sdk/secret.ts';
import { pathText } from './path.ts';
import { addressSecrets, isSensitiveName, maskAddresses, secretPaths, secretsIn } from './secrets.ts';

const settings = z
  .strictObject({
    token: secret().describe('The token.'),
    refined: secret()
      .refine((one) => one.reveal().startsWith('x'))
      .optional(),
    fallback: secret().default(() => new Secret('none')),
    headers: z.record(z.string(), z.union([secret(), z.int()])).optional(),
    sites: z.array(z.strictObject({ url: z.string().transform((text) => new URL(text)), password: secret().optional() })).prefault([]),
  })
  .superRefine(() => {})
  .transform(({ token, ...rest }) => ({ ...rest, renamed: token }));

describe('secretPaths', () => {
  it('finds them in what a user writes, whatever the schema makes of it', () => {
    const written = {
      token: 'a',
      refined: { file: 'x' },
      headers: { Authorization: 'b', 'Max-Forwards': 3 },
      sites: [{ url: 'https://a.example' }, { url: 'https://b.example', password: { command: ['pass'] } }],
    };
    const paths = secretPaths(settings, written).map(pathText);
    expect([...new Set(paths)].sort()).toEqual(['headers.Authorization', 'headers.Max-Forwards', 'refined', 'sites[1].password', 'token']);
  });

  it('finds them in settings that are not valid', () => {
    expect(secretPaths(settings, { token: 'a', sites: 'none', unknown: 1 }).map(pathText)).toEqual(['token']);
    expect(secretPaths(settings, 'none')).toEqual([]);
  });
});

describe('secretsIn', () => {
  it('finds each secret of parsed settings once', () => {
    const one = new Secret('a');
    const two = new Secret({ file: 'x' });
    const found = secretsIn({ one, again: one, list: [{ two }], map: new Map([['key', new Secret('b')]]) });
    expect(found.map(({ path }) => pathText(path))).toEqual(['one', 'list[0].two', 'map.key']);
    expect(found[1]?.secret).toBe(two);
  });
});

describe('isSensitiveName', () => {
  it.each(['GITHUB_TOKEN', 'apiKey', 'DB_PASSWORD', 'SENTRY_DSN', 'authorization'])('%s is', (name) => {
    expect(isSensitiveName(name)).toBe(true);
  });
  it.each(['INFLUX_URL', 'HOST', 'org'])('%s is not', (name) => {
    expect(isSensitiveName(name)).toBe(false);
  });
});

describe('addressSecrets', () => {
  it('finds passwords in URLs as they are written and as they are meant', () => {
    const found = addressSecrets({ a: ['postgres://kpi:p%40ss@db/kpi', 'see https://me:other@x.example/ and https://x.example/a:b@c'] });
    expect(found).toEqual(['p%40ss', 'p@ss', 'other']);
  });
  it('takes a user who stands alone for a token', () => {
    expect(addressSecrets('https://ghp_token@github.example')).toEqual(['ghp_token']);
  });
  it('survives what is no encoding', () => {
    expect(addressSecrets('https://a:100%@x.example')).toEqual(['100%']);
  });
});

describe('maskAddresses', () => {
  it.each([
    ['postgres://kpi:p%40ss@db/kpi', 'postgres://***@db/kpi'],
    ['https://x.example/?api_key=abc&page=2#x', 'https://x.example/?api_key=***&page=2#x'],
    ['https://x.example/a?page=2', 'https://x.example/a?page=2'],
    ['mail me@x.example', 'mail me@x.example'],
  ])('%s becomes %s', (text, expected) => {
    expect(maskAddresses(text)).toBe(expected);
  });
});

it('finds the password of a user whose name is an e-mail address', () => {
  const address = 'https://me@example.com:hunter2hunter2@feed.example/v3/index.json';
  expect(addressSecrets(address)).toContain('hunter2hunter2');
  expect(maskAddresses(address)).toBe('https://***@feed.example/v3/index.json');
  expect(maskAddresses('https://user@feed.example:8080/a')).toBe('https://***@feed.example:8080/a');
  expect(maskAddresses('https://feed.example:8080/a@b')).toBe('https://feed.example:8080/a@b');
});
