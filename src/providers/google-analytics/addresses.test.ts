import { describe, expect, it } from 'vitest';
import { insteadOf, withoutQuery } from './addresses.ts';

describe('dimensions of whole addresses', () => {
  it.each([
    ['pageLocation', 'pagePath, and hostName'],
    ['fullPageUrl', 'pagePath, and hostName'],
    ['pagePathPlusQueryString', 'pagePath, and hostName'],
    ['landingPagePlusQueryString', 'landingPage'],
    ['pageReferrer', 'sessionSource'],
    ['linkUrl', 'linkDomain'],
    ['videoUrl', 'pagePath, and hostName'],
    ['customEvent:page_location', 'pagePath, and hostName'],
    ['customEvent:documentLocation', 'pagePath, and hostName'],
    ['customEvent:window_location_href', 'pagePath, and hostName'],
    ['customUser:signupURL', 'pagePath, and hostName'],
  ])('%s has something in its place: %s', (name, instead) => {
    expect(insteadOf(name)).toBe(instead);
  });

  it.each([
    'pagePath',
    'hostName',
    'landingPage',
    'linkDomain',
    'sessionSource',
    'unifiedPagePathScreen',
    'newVsReturning',
    'customEvent:level',
    'customEvent:storeLocation',
  ])('%s is taken', (name) => {
    expect(insteadOf(name)).toBeUndefined();
  });
});

describe('an address in a value', () => {
  it.each([
    ['https://example.org/a?token=abc', 'https://example.org/a?'],
    ['https://example.org/a?abc', 'https://example.org/a?'],
    ['https://example.org/?mail=ada@example.org#top', 'https://example.org/?'],
    ['https://ada:secret@example.org/a', 'https://@example.org/a'],
    ['https://ada@example.org', 'https://@example.org'],
    ['//ada:se@cret@example.org/a', '//@example.org/a'],
    ['ada:secret@example.org/a', '@example.org/a'],
    ['HTTPS://Example.org/A?Token=abc', 'HTTPS://Example.org/A?'],
    ['/cart?id=7&key=abc def', '/cart?'],
    ['/search?abc', '/search?'],
    ['?key=abc', '?'],
    ['page.html?key=abc', 'page.html?'],
    ['example.org/a?abc', 'example.org/a?'],
    ['see https://example.org/a?key=abc for more', 'see https://example.org/a?'],
    ['/login/https%3A%2F%2Fada%3Asecret%40example.org%2F%3Fkey%3Dabc', '/login/https%3A%2F%2F%40example.org%2F%3F'],
    ['https://example.org/#access_token=abc', 'https://example.org/#'],
    ['https://example.org/#/cart?key=abc', 'https://example.org/#/cart?'],
    ['app://ada:secret@host/x', 'app://@host/x'],
    ['mailto:ada@example.org?subject=secret', '@example.org?'],
  ])('%s has neither a user nor a query as %s', (value, text) => {
    expect(withoutQuery(value)).toEqual({ text, isCut: true });
    expect(withoutQuery(text).text).toBe(text);
  });

  it.each([
    '',
    '(not set)',
    'returning',
    '/',
    '/articles/why-now',
    'https://example.org/@ada/a#part',
    'https://example.org/a@b',
    'Who are we?',
    'What is it? A=B',
    'Is 2 > 1?no',
    'Mon 10:30 @ home',
    'brand:de@2x',
    'C#=fun',
    'google / organic',
  ])('%o stays as it is', (value) => {
    expect(withoutQuery(value)).toEqual({ text: value, isCut: false });
  });

  it('may be like one that lost its query', () => {
    expect(withoutQuery('/cart?')).toEqual({ text: '/cart?', isCut: true });
    expect(withoutQuery('https://@example.org/')).toEqual({ text: 'https://@example.org/', isCut: true });
  });
});
