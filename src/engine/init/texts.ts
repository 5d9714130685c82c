import type { Variable } from './variables.ts';

/** `.env.example` */
export function envText(variables: readonly Variable[]): string {
  const parts = variables.map((variable) => {
    const lines = [
      `${capital(variable.what)}.`,
      ...(variable.scope === undefined ? [] : [`It needs: ${variable.scope}.`]),
      ...(variable.url === undefined ? [] : [`Make one: ${variable.url}`]),
    ];
    return `${lines.flatMap(comment).join('\n')}\n${variable.name}=\n`;
  });
  const head = [
    'The variables of kpi.config.json. Copy this file to .env, fill it in, and keep .env out of git.',
    'Then: kpi collect --env-file .env',
  ];
  return `${head.flatMap(comment).join('\n')}\n\n${parts.join('\n')}`;
}

export interface WorkflowOptions {
  readonly cron: readonly string[];
  readonly variables: readonly Variable[];
  /** Where the config is, relative to the repository; empty: in its root. */
  readonly folder: string;
  /** What runs make beside `.kpi`, relative to the config. */
  readonly files: readonly string[];
  /** `OWNER/REPO@v1` */
  readonly action: string;
}

/** The same as in this repository's own workflows. */
const checkout = 'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1';

/** `.github/workflows/kpi.yml` */
export function workflowText({ cron, variables, folder, files, action }: WorkflowOptions): string {
  const env = variables.map(({ name, secret, inWorkflow }) => {
    const value = inWorkflow === undefined ? `secrets.${secret}` : `secrets.${secret} || ${inWorkflow}`;
    return `          ${name}: \${{ ${value} }}`;
  });
  const inputs = folder === '' ? [] : [`          working-directory: ${JSON.stringify(folder)}`];
  // The action keeps the usual database by itself.
  if (files.some((file) => file !== 'kpi.db')) {
    inputs.push('          state-files: |', ...[...files, '.kpi'].map((file) => `            ${file}`));
  }
  return `${[
    '# Made by `kpi init`, and yours to change. It does nothing until the variable KPI_ENABLED of this repository is true.',
    'name: kpi',
    'on:',
    '  schedule:',
    ...cron.map((line) => `    - cron: '${line}'`),
    '  workflow_dispatch:',
    'permissions: {}',
    'concurrency:',
    '  group: kpi-data',
    '  cancel-in-progress: false',
    '  queue: max',
    'jobs:',
    '  collect:',
    "    if: vars.KPI_ENABLED == 'true'",
    '    runs-on: ubuntu-latest',
    '    timeout-minutes: 30',
    '    permissions:',
    '      contents: write # the branch kpi-data, which keeps what the next run goes on with',
    '    steps:',
    `      - uses: ${checkout}`,
    '        with:',
    '          persist-credentials: false',
    `      - uses: ${action}`,
    ...(inputs.length === 0 ? [] : ['        with:', ...inputs]),
    ...(env.length === 0 ? [] : ['        env:', ...env]),
  ].join('\n')}\n`;
}

/** A `.gitignore` with these lines in it too; undefined where it has them. */
export function ignoreText(text: string, wanted: readonly string[]): string | undefined {
  const known = ignoredIn(text);
  const missing = wanted.filter((line) => !known.has(bare(line)));
  if (missing.length === 0) return undefined;
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return `${before}${before === '' ? '' : '\n'}# kpi\n${missing.join('\n')}\n`;
}

/** What a `.gitignore` names, without the slashes that say where it is and that it is a folder. */
export function ignoredIn(text: string): ReadonlySet<string> {
  return new Set(text.split(/\r?\n/).map((line) => bare(line.trim())));
}

function bare(line: string): string {
  return line.replace(/^\//, '').replace(/\/$/, '');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Lines of at most 80 columns, broken at blanks. */
function comment(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= 80) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`# ${word}`);
  }
  return lines;
}
