import { unescape as percentDecoded } from 'node:querystring';
import { Secret } from '../../sdk/secret.ts';

/** A URL, taken apart. */
export interface Address {
  /** What is asked: without userinfo and fragment. */
  readonly clean: string;
  /** What is shown: also without query. */
  readonly tag: string;
  /** The userinfo: as the header that it stands for, and its secret part. */
  readonly login: { readonly authorization: Secret; readonly password: Secret | undefined } | undefined;
}

/** Bare hosts are none: whether http or https is meant changes what is measured. */
export function isAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

export function addressOf(text: string): Address {
  const url = new URL(text);
  const asWritten = text.replace(/[?#].*$/s, '').trim();
  const path = url.pathname === '/' && !asWritten.endsWith('/') ? '' : url.pathname;
  const tag = `${url.protocol}//${url.host}${path}`;
  const [user, word] = [percentDecoded(url.username), percentDecoded(url.password)];
  const login = user === '' && word === '' ? undefined : basic(user, word);
  url.username = '';
  url.password = '';
  url.hash = '';
  return { clean: url.href, tag, login };
}

/** https://www.rfc-editor.org/rfc/rfc7617#section-2 */
function basic(user: string, word: string) {
  const authorization = new Secret(`Basic ${Buffer.from(`${user}:${word}`).toString('base64')}`);
  return { authorization, password: word === '' ? undefined : new Secret(word) };
}
