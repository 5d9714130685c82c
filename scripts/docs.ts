// `npm run docs` writes all that is made from the code: pages, and the JSON Schema of the config. `npm run docs -- --check` changes
// nothing, and fails when something of it is not as the code says.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generatedFiles, root, stale } from './docs/files.ts';

const files = await generatedFiles();
const changed = stale(files);
const isCheck = process.argv.includes('--check');
for (const path of changed) {
  const content = files.get(path);
  console.log(`${isCheck ? 'not as the code says' : content === undefined ? 'removed' : 'written'}: ${path}`);
  if (isCheck) continue;
  if (content === undefined) {
    rmSync(`${root}/${path}`);
    continue;
  }
  mkdirSync(dirname(`${root}/${path}`), { recursive: true });
  writeFileSync(`${root}/${path}`, content);
}
if (changed.length === 0) console.log(`all ${files.size} files are as the code says`);
else if (isCheck) {
  console.log('npm run docs writes them');
  process.exitCode = 1;
}
