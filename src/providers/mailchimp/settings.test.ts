import { describe, expect, it } from 'vitest';
import { Settings } from './settings.ts';

const apiKey = '0123456789abcdef0123456789abcdef-us19';

describe('settings', () => {
  it('need no more than a key', () => {
    expect(Settings.parse({ apiKey })).toMatchObject({ reportsSince: '300d' });
    expect(Settings.parse({ apiKey })).not.toHaveProperty('lists');
  });

  it.each([
    ['https://us19.api.mailchimp.com', 'https://us19.api.mailchimp.com'],
    ['https://us19.api.mailchimp.com/3.0/', 'https://us19.api.mailchimp.com'],
    ['http://proxy.example/mailchimp/', 'http://proxy.example/mailchimp'],
  ])('take the address %s, with the version or without', (baseUrl, taken) => {
    expect(Settings.parse({ apiKey, baseUrl }).baseUrl).toBe(taken);
  });

  it.each([
    [{}, 'apiKey'],
    [{ apiKey, lists: [] }, 'lists'],
    [{ apiKey, lists: ['a/b'] }, 'lists.0'],
    [{ apiKey, lists: ['aa', 'bb', 'aa'] }, 'lists.2'],
    [{ apiKey, reportsSince: '300' }, 'reportsSince'],
    [{ apiKey, reportsSince: '1h' }, 'reportsSince'],
    [{ apiKey, reportsSince: '9999999d' }, 'reportsSince'],
    [{ apiKey, baseUrl: 'https://user@host' }, 'baseUrl'],
    [{ apiKey, baseUrl: 'ftp://host' }, 'baseUrl'],
  ])('refuse %o', (given, path) => {
    const { error } = Settings.safeParse(given);
    expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });
});
