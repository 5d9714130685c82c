import { describe, expect, it } from 'vitest';
import { echoes } from './echo.ts';

const token = 'tök/en+123<45';
const basic = `Basic ${Buffer.from('probe:hush hush').toString('base64')}`;

describe('echoes', () => {
  const told: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
    ['plain', '?from=hush-hush-1', { 'x-key': 'hush-hush-1' }],
    ['without its scheme', '?t=hush-hush-1', { authorization: 'Bearer hush-hush-1' }],
    ['for a component', `?t=${encodeURIComponent(token)}`, { 'x-key': token }],
    ['in lower-case hex', `?t=${encodeURIComponent(token).toLowerCase()}`, { 'x-key': token }],
    [
      'every character',
      `?t=${[...Buffer.from('hush-hush-1')].map((byte) => `%${byte.toString(16)}`).join('')}`,
      { 'x-key': 'hush-hush-1' },
    ],
    ['an address in an address', `?u=${encodeURIComponent(`https://x.example/?t=${encodeURIComponent(token)}`)}`, { 'x-key': token }],
    ['as a form', `?${new URLSearchParams({ t: 'hush hush' })}`, { authorization: basic }],
    ['base64', `/${Buffer.from('hush-hush-1').toString('base64url')}`, { 'x-key': 'hush-hush-1' }],
    ['base64 behind a user', `/${Buffer.from('a:hush-hush-1').toString('base64url')}`, { 'x-key': 'hush-hush-1' }],
    ['the pair of Basic', '?u=probe:hush%20hush', { authorization: basic }],
    ['the Basic header', `?u=${encodeURIComponent(basic)}`, { authorization: basic }],
  ];
  it.each(told)('finds %s', (_name, path, ownHeaders) => {
    expect(echoes(new URL(path, 'https://other.example'), { ownHeaders })).toBe(true);
    expect(echoes(new URL(path, 'https://other.example'), { ownHeaders: { 'x-key': 'something-else' } })).toBe(false);
  });

  it('finds the body', () => {
    expect(echoes(new URL('https://other.example/hush-hush-1'), { ownHeaders: {}, body: 'hush-hush-1' })).toBe(true);
  });

  it('takes what is short, and what was not sent, for nothing', () => {
    expect(echoes(new URL('https://other.example/ping'), { ownHeaders: { 'x-key': 'ping', 'x-none': '' }, body: 'ping' })).toBe(false);
    expect(echoes(new URL('https://other.example/%zz%e9'), { ownHeaders: { 'x-key': 'hush-hush-1' } })).toBe(false);
  });
});
