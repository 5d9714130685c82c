import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor, shortened } from './redact.ts';

const secret = 'pä"ss/w+rd <&> \\n1';

function knowing(...secrets: readonly string[]) {
  const redactor = createRedactor();
  for (const one of secrets) redactor.add(one);
  return redactor;
}

/** Any piece of 5 characters of a form. */
function pieces(form: string): readonly string[] {
  return Array.from({ length: form.length - 4 }, (_, place) => form.slice(place, place + 5));
}

describe('createRedactor', () => {
  const written: readonly (readonly [string, string])[] = [
    ['plain', secret],
    ['JSON', JSON.stringify({ token: secret })],
    ['JSON in JSON', JSON.stringify({ body: JSON.stringify({ token: secret }) })],
    ['JSON with escaped slashes', JSON.stringify(secret).replaceAll('/', '\\/')],
    ['JSON in ASCII', JSON.stringify(secret).replace('ä', '\\u00e4')],
    ['JSON as Go writes it', JSON.stringify(secret).replace('<&>', '\\u003c\\u0026\\u003e')],
    ['URL component', `https://x.example/?key=${encodeURIComponent(secret)}&y=1`],
    ['URL component, lower-case hex', encodeURIComponent(secret).replaceAll(/%../g, (hex) => hex.toLowerCase())],
    ['URL in a URL', encodeURIComponent(`https://x.example/?key=${encodeURIComponent(secret)}`)],
    ['form', new URLSearchParams({ key: secret, other: 'x' }).toString()],
    ['path of a URL', new URL(`https://x.example/${encodeURI(secret)}`).href],
    ['query as a URL parser writes it', new URL(`https://x.example/?key=${secret.replaceAll('+', '%2B').replaceAll('&', '%26')}`).href],
    ['URL component, mixed-case hex', encodeURIComponent(secret).replace('%22', '%22').replace('%2F', '%2f')],
    ['URL component, all but slashes', encodeURIComponent(secret).replaceAll('%2F', '/')],
    ['URL component, every byte', [...Buffer.from(secret)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')],
    ['JSON, every character', `"${[...secret].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`],
    ['JSON with capital hex', JSON.stringify(secret).replace('<&>', '\\u003C\\u0026\\u003E').replace('+', '\\u002B')],
    ['HTML', secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&#34;')],
    ['a URL in JSON in capitals', JSON.stringify(encodeURIComponent(secret)).replaceAll('%', '\\u0025')],
  ];
  it.each(written)('finds a secret: %s', (_name, text) => {
    const redactor = knowing(secret);
    expect(redactor.holds(text)).toBe(true);
    expect(redactor.text(text)).toContain('***');
    expect(redactor.text(text)).not.toContain('rd');
    expect(redactor.holds(redactor.text(text))).toBe(false);
  });

  const token = 'ghp_A1b2C3d4E5f6';
  const users = ['', 'u:', 'us:', 'user:', 'x-access-token:'];
  it.each(users)('finds it in base64 behind %j, with anything after it', (user) => {
    const redactor = knowing(token);
    for (const after of ['', '\n', '&x', 'xyz']) {
      for (const encoding of ['base64', 'base64url'] as const) {
        const encoded = Buffer.from(`${user}${token}${after}`).toString(encoding);
        const clean = redactor.text(`authorization: Basic ${encoded}`);
        expect(redactor.holds(encoded)).toBe(true);
        expect(clean).toContain('Basic ');
        for (const piece of pieces(Buffer.from(token).toString(encoding).replaceAll('=', ''))) expect(clean).not.toContain(piece);
      }
    }
  });

  it('leaves what surrounds an escaped secret as it was', () => {
    const redactor = knowing('hush+hush', 'hushed/2');
    expect(redactor.text('%41 a%C3%A4\\u002b hush\\u002Bhush \\n%20 &amp;hushed%2f2&amp;x%')).toBe(
      '%41 a%C3%A4\\u002b *** \\n%20 &amp;***&amp;x%',
    );
    expect(redactor.text('50 % of R&D \\o/ %zz &#99999999; &#x110000; \\u12')).toBe('50 % of R&D \\o/ %zz &#99999999; &#x110000; \\u12');
  });

  it('finds secrets in different layers of one text', () => {
    const redactor = knowing('hush+hush', 'hushed/2');
    const text = `{"url":"https://x.example/?a=hush%252Bhush&b=hushed%2F2","c":"hush+hush"}`;
    expect(redactor.text(text)).toBe('{"url":"https://x.example/?a=***&b=***","c":"***"}');
  });

  it('finds a secret however each of its characters was escaped', () => {
    const code = (character: string) => character.charCodeAt(0).toString(16);
    const ways: readonly ((character: string) => string)[] = [
      (character) => `\\u${code(character).padStart(4, '0')}`,
      (character) => `\\u${code(character).padStart(4, '0').toUpperCase()}`,
      (character) => `\\x${code(character).padStart(2, '0')}`,
      (character) => `%${code(character).padStart(2, '0')}`,
      (character) => `%25${code(character).padStart(2, '0')}`,
      (character) => `&#${character.charCodeAt(0)};`,
      (character) => `&#x${code(character)};`,
      (character) => character,
    ];
    const printable = fc.string({ minLength: 8, maxLength: 20, unit: 'grapheme-ascii' });
    const choices = fc.array(fc.nat(ways.length - 1), { minLength: 20, maxLength: 20 });
    const prefix = 'q: ';
    fc.assert(
      fc.property(printable, choices, (hidden, chosen) => {
        // Where the secret itself has such signs, a mixture can mean two things.
        fc.pre(!/[\\%&]/.test(hidden));
        const redactor = knowing(hidden);
        const escaped = [...hidden].map((character, index) => ways[chosen[index] ?? 0]?.(character)).join('');
        expect(redactor.holds(escaped)).toBe(true);
        expect(redactor.text(`${prefix}${escaped} !`)).toBe(`${prefix}*** !`);
      }),
      { seed: 20_261_122, numRuns: 500 },
    );
  });

  it('finds base64 that was URL-encoded', () => {
    const odd = '\u00ff\u00fe\u00ff?>?>~~~~~';
    const encoded = encodeURIComponent(Buffer.from(odd).toString('base64'));
    expect(encoded).toContain('%');
    expect(knowing(odd).holds(`a=${encoded}`)).toBe(true);
  });

  it('replaces each, keeps the rest, and hides the longer of two that start alike', () => {
    const redactor = knowing('abcdefgh', 'abcdefghijkl');
    expect(redactor.text('1 abcdefghijkl 2 abcdefgh 3 abcdefghabcdefgh')).toBe('1 *** 2 *** 3 ******');
    expect(redactor.text('nothing here')).toBe('nothing here');
  });

  it('finds each long line of a private key', () => {
    const key =
      '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nQWERTYUIOPASDFGHJKLZXCVBNM123456\n-----END PRIVATE KEY-----\n';
    const redactor = knowing(key);
    expect(redactor.text('bad line QWERTYUIOPASDFGHJKLZXCVBNM123456!')).toBe('bad line ***!');
    expect(redactor.text(JSON.stringify({ key }))).toBe('{"key":"***"}');
    expect(redactor.holds('-----BEGIN PRIVATE KEY-----')).toBe(false);
  });

  it('takes nothing shorter than 8 characters for a secret', () => {
    const redactor = knowing('', 'a', 'seven77');
    expect(redactor.size).toBe(0);
    expect(redactor.text('seven77 a')).toBe('seven77 a');
    redactor.add('eight888');
    expect(redactor.size).toBe(1);
    expect(redactor.holds('seven77 eight888')).toBe(true);
  });

  it('tells the beginning of what is long, and looks no further than that needs', () => {
    const redactor = knowing('abcdefgh');
    expect(shortened('1 abcdefgh 2', redactor.text)).toBe('1 *** 2');
    expect(shortened(`${'x'.repeat(1996)}abcdefgh`, redactor.text)).toBe(`${'x'.repeat(1996)}***`);
    expect(shortened(`${'x'.repeat(1998)}abcdefgh`, redactor.text)).toBe(`${'x'.repeat(1998)}**…`);
    let read = 0;
    shortened('x'.repeat(60_000_000), (text) => {
      read = text.length;
      return text;
    });
    expect(read).toBe(1_000_000);
  });

  it('stands half a character in a secret', () => {
    const broken = 'half \ud83d of a pair';
    expect(knowing(broken).holds(`x ${broken}`)).toBe(true);
  });
});
