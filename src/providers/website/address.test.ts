import { describe, expect, it } from 'vitest';
import { addressOf, isAddress } from './address.ts';

describe('what is shown of an address', () => {
  it.each([
    ['https://getakka.net', 'https://getakka.net'],
    ['https://getakka.net/', 'https://getakka.net/'],
    ['https://GetAkka.net:443/Docs/', 'https://getakka.net/Docs/'],
    ['https://user:pass-word@getakka.net/a?token=hush#part', 'https://getakka.net/a'],
    ['https://getakka.net?token=hush', 'https://getakka.net'],
    ['https://getakka.net/?token=a/', 'https://getakka.net/'],
    ['http://[::1]:8080/a', 'http://[::1]:8080/a'],
    ['https://us%zzer:p@ss/', 'https://ss/'],
  ])('of %s is %s', (url, tag) => {
    expect(isAddress(url)).toBe(true);
    expect(addressOf(url).tag).toBe(tag);
  });
});

describe('what is asked', () => {
  it('is all but userinfo and fragment', () => {
    expect(addressOf('https://user:pass-word@getakka.net/a?b=c#d').clean).toBe('https://getakka.net/a?b=c');
  });

  it.each([
    ['https://user:p%40ss@a.example/', 'user:p@ss', 'p@ss'],
    ['https://user@a.example/', 'user:', undefined],
    ['https://:pass@a.example/', ':pass', 'pass'],
    ['https://us%zzer:p@a.example/', 'us%zzer:p', 'p'],
  ])('brings the userinfo of %s as a header', (url, credentials, password) => {
    const { login } = addressOf(url);
    expect(login?.authorization.reveal()).toBe(`Basic ${Buffer.from(credentials).toString('base64')}`);
    expect(login?.password?.reveal()).toBe(password);
  });

  it('brings no header without userinfo', () => {
    expect(addressOf('https://a.example/').login).toBeUndefined();
  });
});
