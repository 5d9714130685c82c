import type { Order } from './order.ts';

/** Shorter ones are found anywhere. */
const shortest = 8;

/**
 * Whether `url` tells what was sent to the first origin alone: a header's value, or the credentials in it (`Bearer …`, `Basic …`), or
 * the body; as they are, encoded for a URL (also more than once), or in base64 at any place of a longer text.
 */
export function echoes(url: URL, { ownHeaders, body }: Pick<Order, 'ownHeaders' | 'body'>): boolean {
  const texts = decodings(url.href);
  return [...secretsIn(ownHeaders, body)].some((secret) => {
    const forms = [secret, ...base64Cores(secret)];
    return texts.some((text) => forms.some((form) => text.includes(form)));
  });
}

function secretsIn(ownHeaders: Order['ownHeaders'], body: string | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  for (const value of [...Object.values(ownHeaders), body ?? '']) {
    const [scheme = '', credentials = ''] = value.trim().split(/\s+(.*)/s);
    found.add(value.trim()).add(credentials);
    if (!/^basic$/i.test(scheme)) continue;
    const pair = Buffer.from(credentials, 'base64').toString('utf8');
    found.add(pair).add(pair.slice(pair.indexOf(':') + 1));
  }
  return new Set([...found].filter((secret) => secret.length >= shortest));
}

/** The address as it is, and decoded again and again: an address may hold another in it. */
function decodings(href: string): readonly string[] {
  const all = [href];
  for (let text = href, level = 0; level < 3; level += 1) {
    text = text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (codes) => Buffer.from(codes.replaceAll('%', ''), 'hex').toString('utf8'));
    all.push(text, text.replaceAll('+', ' '));
  }
  return all;
}

/** Three bytes become four characters, so there are three ways; the characters that its neighbours share in are left out. */
function base64Cores(secret: string): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const core = whole.toString('base64').slice(before === 0 ? 0 : before + 1, Math.floor((whole.length * 8) / 6));
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
