import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createAuthority } from '../../testing/stand-ins/website/index.ts';
import { readAuthority } from './authority.ts';

const dir = mkdtempSync(join(tmpdir(), 'kpi-authority-'));
afterAll(() => rmSync(dir, { recursive: true }));

function fileOf(text: string): string {
  const file = join(dir, `${text.length}.pem`);
  writeFileSync(file, text);
  return file;
}

it('reads the certificates, and what stands around them is left out', async () => {
  const { cert } = createAuthority();
  expect(await readAuthority(fileOf(`# ours\n${cert}\nthe end`))).toBe(cert.trim());
});

it.each([
  ['a text', 'no certificate', /holds no PEM certificates to trust: it has no block BEGIN CERTIFICATE/],
  ['a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', /holds no PEM certificates to trust/],
])('refuses %s', async (_, text, message) => {
  await expect(readAuthority(fileOf(text))).rejects.toThrow(message);
});

it('refuses what is no file', async () => {
  await expect(readAuthority(dir)).rejects.toThrow(/it is no regular file/);
});
