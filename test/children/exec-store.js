import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * `FILE`: a program for the sink `exec` that appends points to a file, as they come. While there is a `FILE.away` its store is away; while
 * there is a `FILE.refuses` it refuses every point of the place "refused". No TypeScript: it is started often.
 */
const [file = ''] = process.argv.slice(2);
// Where kpi was killed while it wrote, the last line is not whole, and has no line break.
const lines = readFileSync(0, 'utf8').split('\n').slice(0, -1);
const refuses = existsSync(`${file}.refuses`);
if (existsSync(`${file}.away`)) {
  console.error('the store is away');
  process.exitCode = 75;
} else {
  let taken = '';
  for (const [index, line] of lines.entries()) {
    if (refuses && JSON.parse(line).tags.place === 'refused') console.log(JSON.stringify({ index, reason: 'nobody takes "refused"' }));
    else taken += `${line}\n`;
  }
  append(Buffer.from(taken));
}

/** All of it or nothing, also where the disk is full. */
function append(bytes) {
  const to = openSync(file, 'a');
  const before = fstatSync(to).size;
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(to, bytes, written);
  } catch (error) {
    ftruncateSync(to, before);
    throw error;
  } finally {
    closeSync(to);
  }
}
