import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { messageOf, PermanentError } from '../../sdk/errors.ts';

/** The certificates in a PEM file. Throws where it holds none. */
export async function readAuthority(file: string): Promise<string> {
  try {
    // A pipe would be waited for, and that cannot be ended.
    if (!(await stat(file)).isFile()) throw new Error('it is no regular file');
    const blocks = (await readFile(file, 'utf8')).match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs);
    if (!blocks) throw new Error('it has no block BEGIN CERTIFICATE');
    for (const block of blocks) new X509Certificate(block); // OpenSSL would pass over what is none
    return blocks.join('\n');
  } catch (error) {
    throw new PermanentError(`${file} holds no PEM certificates to trust: ${messageOf(error)}`, { kind: 'config', cause: error });
  }
}
