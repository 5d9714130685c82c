import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A file, and what it would import. */
const forbidden: readonly (readonly [string, string])[] = [
  ['src/sdk/a.ts', '../engine/run.ts'],
  ['src/engine/a.ts', '../providers/index.ts'],
  ['src/engine/b.ts', '../sinks/sqlite/index.ts'],
  ['src/engine/c.ts', '../testing/clock.ts'],
  ['src/engine/d.ts', '../commands/collect.ts'],
  ['src/engine/e.ts', '../app.ts'],
  ['src/engine/config/a.ts', '../../report/table.ts'],
  ['src/report/a.ts', '../engine/run.ts'],
  ['src/report/b.ts', '../providers/github/index.ts'],
  ['src/providers/github/a.ts', '../nuget/index.ts'],
  ['src/providers/github/b.ts', '../../sinks/sqlite/index.ts'],
  ['src/providers/github/c.ts', '../../engine/http.ts'],
  ['src/providers/github/d.ts', '../../testing/clock.ts'],
  ['src/providers/github/e.ts', '../index.ts'],
  ['src/engine/f.ts', '../protocols/nuget/feed.ts'],
  ['src/report/c.ts', '../protocols/nuget/feed.ts'],
  ['src/protocols/nuget/a.ts', '../../providers/nuget/index.ts'],
  ['src/protocols/nuget/b.ts', '../../engine/http.ts'],
  ['src/protocols/nuget/c.ts', '../other/feed.ts'],
  ['src/protocols/nuget/d.ts', '../../sinks/sqlite/index.ts'],
  ['src/protocols/nuget/e.ts', '../../testing/clock.ts'],
  ['src/protocols/nuget/f.ts', '../../app.ts'],
  ['src/sinks/file/a.ts', '../sqlite/index.ts'],
  ['src/sinks/file/b.ts', '../../engine/http.ts'],
  ['src/sinks/file/c.ts', '../../providers/github/index.ts'],
  ['src/sinks/file/d.ts', '../index.ts'],
  ['src/sinks/file/e.ts', '../../testing/clock.ts'],
  ['src/commands/a.ts', '../engine/run.ts'],
  ['src/commands/b.ts', '../sinks/index.ts'],
  ['src/cli/a.ts', '../engine/run.ts'],
  ['src/cli/b.ts', '../providers/index.ts'],
  ['src/cli/c.ts', '../protocols/nuget/feed.ts'],
  ['src/commands/c.ts', '../protocols/nuget/feed.ts'],
  ['src/app.ts', './providers/github/index.ts'],
];

const allowed: readonly (readonly [string, string])[] = [
  ['src/sdk/ok.ts', './point.ts'],
  ['src/engine/ok.ts', '../sdk/point.ts'],
  ['src/engine/config/ok.ts', '../period.ts'],
  ['src/engine/ok.test.ts', '../testing/clock.ts'],
  ['src/report/ok.ts', '../sdk/report.ts'],
  ['src/providers/index.ts', './github/index.ts'],
  ['src/providers/github/ok.ts', '../../sdk/index.ts'],
  ['src/providers/github/ok2.ts', './schema.ts'],
  ['src/providers/github/ok3.ts', '../../protocols/nuget/feed.ts'],
  ['src/protocols/nuget/ok.ts', '../../sdk/index.ts'],
  ['src/protocols/nuget/ok2.ts', './schema.ts'],
  ['src/protocols/nuget/ok.test.ts', '../../testing/context.ts'],
  ['src/providers/github/ok.test.ts', '../../testing/context.ts'],
  ['src/sinks/file/ok.ts', '../../sdk/sink.ts'],
  ['src/sinks/file/ok2.ts', '../../protocols/postgres/address.ts'],
  ['src/commands/ok.ts', '../app.ts'],
  ['src/commands/ok2.ts', '../cli/flags.ts'],
  ['src/cli/ok.ts', '../engine/outside.ts'],
  ['src/cli/ok2.ts', '../report/table.ts'],
];

let violations: ReadonlySet<string>;
let planted: string;

beforeAll(() => {
  planted = mkdtempSync(join(tmpdir(), 'kpi-layers-'));
  const config = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  writeFileSync(join(planted, 'biome.json'), JSON.stringify({ ...config, $schema: undefined, vcs: undefined, files: undefined }));
  for (const [file, imported] of [...forbidden, ...allowed]) {
    mkdirSync(dirname(join(planted, file)), { recursive: true });
    writeFileSync(join(planted, file), `import { x } from '${imported}';\nexport const y = x;\n`);
  }
  violations = new Set(lint(planted));
});

afterAll(() => rmSync(planted, { recursive: true, force: true }));

/** The files in which the layer rules find something. */
function lint(folder: string): readonly string[] {
  const biome = join(root, 'node_modules/.bin/biome');
  const options = ['lint', '--only=style/noRestrictedImports', '--reporter=json', '--max-diagnostics=none', '.'];
  let output: string;
  try {
    output = execFileSync(biome, options, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    output = (error as { stdout: string }).stdout;
  }
  const { diagnostics } = JSON.parse(output) as { diagnostics: readonly { location: { path: string | { file: string } } }[] };
  return diagnostics.map(({ location: { path } }) => (typeof path === 'string' ? path : path.file));
}

it.each(forbidden)('%s may not import %s', (file) => {
  expect(violations).toContain(file);
});

it.each(allowed)('%s may import %s', (file) => {
  expect(violations).not.toContain(file);
});

it('the layers of this tree hold', () => {
  expect(lint(root)).toEqual([]);
});
