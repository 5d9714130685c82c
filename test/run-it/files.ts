import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export const folder = join(import.meta.dirname, '../../docs/run-it');

/** The files that the pages show or name, each with a path relative to docs/run-it. */
export const files: readonly string[] = globSync('*/**/*', { cwd: folder, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  .sort();

/** The pages that have files; another shows .github/workflows. */
export const pages: readonly string[] = [...new Set(files.map((file) => `${file.split('/')[0]}.md`))];

export function readShown(file: string): string {
  return readFileSync(join(folder, file), 'utf8');
}

/** The configs of kpi among the files, by path; the one in the ConfigMap of Kubernetes stands under the path of its manifest. */
export function configs(kubernetes: readonly unknown[]): ReadonlyMap<string, string> {
  const map = kubernetes.find((one) => (one as { readonly kind?: string }).kind === 'ConfigMap') as { data: Record<string, string> };
  const own = files.filter((file) => basename(file) === 'kpi.config.json');
  return new Map([
    ...own.map((file): [string, string] => [file, readShown(file)]),
    ['kubernetes/cronjob.yaml', map.data['kpi.config.json'] ?? ''],
  ]);
}
