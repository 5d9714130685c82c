import { describe, expect, it } from 'vitest';
import { createRedactor } from './redact.ts';

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
    expect(redactor.empty).toBe(true);
    expect(redactor.text('seven77 a')).toBe('seven77 a');
    redactor.add('eight888');
    expect(redactor.empty).toBe(false);
    expect(redactor.holds('seven77 eight888')).toBe(true);
  });

  it('stands half a character in a secret', () => {
    const broken = 'half \ud83d of a pair';
    expect(knowing(broken).holds(`x ${broken}`)).toBe(true);
  });
});
