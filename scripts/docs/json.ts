import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const biome = fileURLToPath(new URL('../../node_modules/@biomejs/biome/bin/biome', import.meta.url));

/** JSON as the formatter wants it, so that a file of it passes the check of formats. */
export async function formattedJson(value: unknown): Promise<string> {
  const child = spawn(process.execPath, [biome, 'format', '--stdin-file-path=made.json'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(value));
  const [output, code] = await Promise.all([text(child.stdout), new Promise((resolve) => child.once('close', resolve))]);
  if (code !== 0) throw new Error(`biome could not format JSON: exit code ${code}`);
  return output;
}
