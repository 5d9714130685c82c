import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { type Page, pageCap } from './order.ts';

/** The body as text, for patterns: unpacked and decoded as its headers say. What cannot be unpacked is left as it travelled. */
export async function textOf(page: Page): Promise<string> {
  const bytes = await unpacked(page);
  return decoderOf(page.type, bytes).decode(bytes);
}

/** At most `pageCap` bytes: a small body may unpack to a huge one. What is cut off or broken gives what came before the break. */
async function unpacked({ body, encoding }: Page): Promise<Uint8Array> {
  const unpacker = unpackerOf(encoding);
  if (!unpacker) return body;
  const chunks: Buffer[] = [];
  let size = 0;
  unpacker.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= pageCap) unpacker.destroy();
  });
  unpacker.on('error', () => {}); // what came before it is the text
  await new Promise<void>((resolve) => {
    unpacker.once('close', resolve);
    unpacker.end(body);
  });
  return Buffer.concat(chunks).subarray(0, pageCap);
}

function unpackerOf(encoding: string | undefined) {
  const name = encoding?.trim().toLowerCase();
  if (name === 'gzip' || name === 'x-gzip') return createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  if (name === 'deflate') return createInflate({ finishFlush: constants.Z_SYNC_FLUSH });
  if (name === 'br') return createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH });
  return undefined;
}

/** Of the header's charset, else of the one that the page names near its beginning, else UTF-8. Never fails: wrong bytes become U+FFFD. */
function decoderOf(type: string | undefined, bytes: Uint8Array): TextDecoder {
  const head = Buffer.from(bytes.subarray(0, 1024)).toString('latin1');
  const named = /charset\s*=\s*["']?([\w.:-]+)/i.exec(type ?? '') ?? /<meta[^>]*charset\s*=\s*["']?([\w.:-]+)/i.exec(head);
  try {
    return new TextDecoder(named?.[1]);
  } catch {
    return new TextDecoder(); // a charset that nobody knows
  }
}
