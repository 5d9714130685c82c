import { describe, expect, it } from 'vitest';
import { Settings } from './settings.ts';

describe('settings', () => {
  it('are few', () => {
    expect(Settings.parse({ tagged: ['C#', 'c#', '.NET'] })).toEqual({
      tagged: ['c#', '.net'],
      site: 'stackoverflow',
      baseUrl: 'https://api.stackexchange.com/2.3',
    });
    expect(Settings.parse({ tagged: ['a'], baseUrl: 'http://127.0.0.1:1/2.3/' }).baseUrl).toBe('http://127.0.0.1:1/2.3');
  });

  it.each([
    [{}],
    [{ tagged: [] }],
    [{ tagged: ['c#;c++'] }],
    [{ tagged: ['c# c++'] }],
    [{ tagged: ['..'] }],
    [{ tagged: ['a/b'] }],
    [{ tagged: [''] }],
    [{ tagged: ['a'], site: 'Stack Overflow' }],
    [{ tagged: ['a'], site: '' }],
    [{ tagged: ['a'], baseUrl: 'ftp://x/' }],
    [{ tagged: ['a'], baseUrl: 'https://x/?key=1' }],
  ])('refuse %j', (given) => {
    expect(Settings.safeParse(given).success).toBe(false);
  });
});
