import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Signs certificates for tests. */
export interface Authority {
  /** Its own certificate: what a client must trust. PEM. */
  readonly cert: string;
  issue(options: CertificateOptions): Certificate;
}

export interface CertificateOptions {
  /** Names and IPv4 addresses that it is for. */
  readonly hosts: readonly string[];
  readonly from?: Date;
  /** When it ends. */
  readonly to: Date;
}

/** An authority with a certificate of its own that is good for ten years around now. */
export function createAuthority(name = 'test authority'): Authority {
  const keys = newKeys();
  const [from, to] = [new Date(Date.now() - 5 * yearMs), new Date(Date.now() + 5 * yearMs)];
  const issuer = { name, key: keys.privateKey };
  const cert = certificate({ subject: name, publicKey: keys.publicKey, issuer, from, to, extensions: [isAuthority] });
  return { cert, issue: (options) => issue(options, issuer) };
}

/** A certificate that vouches for itself. */
export function selfSigned(options: CertificateOptions): Certificate {
  return issue(options);
}

interface Issuer {
  readonly name: string;
  readonly key: KeyObject;
}

const yearMs = 365 * 86_400_000;

function issue({ hosts, from, to }: CertificateOptions, by?: Issuer): Certificate {
  const keys = newKeys();
  const subject = hosts[0] ?? 'nobody';
  const issuer = by ?? { name: subject, key: keys.privateKey };
  const begins = from ?? new Date(Math.min(to.getTime(), Date.now()) - yearMs);
  const cert = certificate({ subject, publicKey: keys.publicKey, issuer, from: begins, to, extensions: [isFor(hosts)] });
  return { key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert };
}

function newKeys() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

interface Fill {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: Issuer;
  readonly from: Date;
  readonly to: Date;
  readonly extensions: readonly Buffer[];
}

/** X.509 version 3, as https://www.rfc-editor.org/rfc/rfc5280#section-4.1 lays it out; signed with ECDSA and SHA-256. */
function certificate({ subject, publicKey, issuer, from, to, extensions }: Fill): string {
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const serial = createHash('sha256').update(randomBytes(16)).digest().subarray(0, 8);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40; // positive, and of full length
  const toSign = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    commonName(issuer.name),
    sequence(time(from), time(to)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const whole = sequence(toSign, algorithm, bits(sign('sha256', toSign, issuer.key)));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** Basic constraints, critical: it may sign others. */
const isAuthority = sequence(oid('2.5.29.19'), der(0x01, Buffer.from([0xff])), der(0x04, sequence(der(0x01, Buffer.from([0xff])))));

/** Subject alternative names. */
function isFor(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIP(host) === 4 ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host, 'ascii')),
  );
  return sequence(oid('2.5.29.17'), der(0x04, sequence(...names)));
}

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(name)))));
}

/** UTCTime: until 2049. */
function time(at: Date): Buffer {
  return der(0x17, Buffer.from(`${at.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`, 'ascii'));
}

function bits(content: Buffer): Buffer {
  return der(0x03, Buffer.concat([Buffer.from([0]), content]));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(number: number): number[] {
  const digits = [number & 0x7f];
  for (let left = number >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

/** Tag, length, content: https://www.itu.int/rec/T-REC-X.690 */
function der(tag: number, content: Buffer): Buffer {
  const size = content.byteLength;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
