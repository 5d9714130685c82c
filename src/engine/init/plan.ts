import { existsSync, lstatSync, readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { AnyProvider } from '../../sdk/provider.ts';
import type { AnySink } from '../../sdk/sink.ts';
import { packagedSchema } from '../config/install-schema.ts';
import { reasonOf } from '../config/reason.ts';
import { parsePeriod } from '../period.ts';
import { UsageError } from '../usage-error.ts';
import { jsonText } from './config-text.ts';
import { cronLines } from './cron.ts';
import { madeFilesOf } from './made-files.ts';
import { envText, ignoreText, workflowText } from './texts.ts';
import { type Variable, variablesOf } from './variables.ts';

/** A file as the answers make it. */
export interface PlannedFile {
  /** For messages: relative to the working directory. */
  readonly shown: string;
  readonly path: string;
  readonly text: string;
  /** `exists`: something else stands there, which nobody may replace without asking. `added`: lines are added to it. */
  readonly state: 'new' | 'same' | 'exists' | 'added';
}

export interface Plan {
  readonly files: readonly PlannedFile[];
  readonly variables: readonly Variable[];
  /** Sinks that `kpi db init` must make ready. */
  readonly unready: readonly string[];
  /** There is a `.env` already. */
  readonly hasEnv: boolean;
  /** Another config in the folder, which the new one would hide. */
  readonly hides?: string;
  /** About files that runs make: what the user must know. */
  readonly notes: readonly string[];
}

interface Chosen {
  readonly integration: AnyProvider | AnySink;
  readonly entry: Readonly<Record<string, unknown>>;
}

export interface PlanOptions {
  readonly cwd: string;
  readonly every: string;
  readonly workflow: boolean;
  readonly action: string;
}

const otherConfigs = ['kpi.config.yaml', 'kpi.config.js', 'kpi.config.mjs', 'kpi.config.ts'];

/** The files for what was chosen. Reads what is there, and changes nothing. */
export function planFiles(providers: readonly Chosen[], sinks: readonly Chosen[], { cwd, every, workflow, action }: PlanOptions): Plan {
  const variables = variablesOf([...providers, ...sinks]);
  const root = repositoryOf(cwd);
  const ignored = root === undefined ? undefined : join(cwd, '.gitignore');
  const before = ignored === undefined ? undefined : (textAt(cwd, ignored) ?? '');
  const made = madeFilesOf(sinks.flatMap(madeFiles), { cwd, workflow, ...(before !== undefined && { ignored: before }) });
  const files = [planned(cwd, join(cwd, 'kpi.config.json'), jsonText(configOf(providers, sinks, { every, schema: packagedSchema(cwd) })))];
  if (variables.length > 0) files.push(planned(cwd, join(cwd, '.env.example'), envText(variables)));
  const cron = workflow ? cronOf(every, cwd) : undefined;
  if (cron) {
    const folder = relative(root ?? cwd, cwd)
      .split(sep)
      .join('/');
    const text = workflowText({ cron, variables, folder, files: made.state, action });
    files.push(planned(cwd, join(root ?? cwd, '.github/workflows/kpi.yml'), text));
  }
  for (const file of made.keep) files.push(planned(cwd, join(cwd, file), ''));
  const text = before === undefined ? undefined : ignoreText(before, ['.env', '.kpi/', ...made.ignore]);
  if (ignored !== undefined && text !== undefined) {
    files.push({ shown: '.gitignore', path: ignored, text, state: existsSync(ignored) ? 'added' : 'new' });
  }
  const hides = otherConfig(cwd);
  const unready = sinks.filter(needsInit).map(({ integration }) => integration.name);
  return { files, variables, unready, hasEnv: existsSync(join(cwd, '.env')), ...(hides !== undefined && { hides }), notes: made.notes };
}

function configOf(
  providers: readonly Chosen[],
  sinks: readonly Chosen[],
  { every, schema }: { readonly every: string; readonly schema: string | undefined },
): object {
  const entries = (chosen: readonly Chosen[]) => Object.fromEntries(chosen.map(({ integration, entry }) => [integration.name, entry]));
  return {
    $schema: schema ?? './node_modules/kpi/kpi.config.schema.json',
    run: { every },
    providers: entries(providers),
    sinks: entries(sinks),
  };
}

function cronOf(every: string, seed: string): readonly string[] {
  const period = parsePeriod(every);
  const lines = period && cronLines(period, seed);
  if (!lines) throw new TypeError('the period was not checked');
  return lines;
}

/** What is a config today and would not be read beside `kpi.config.json`. */
function otherConfig(cwd: string): string | undefined {
  const found = otherConfigs.find((name) => existsSync(join(cwd, name)));
  if (found !== undefined) return found;
  try {
    return 'kpi' in JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) ? '"kpi" of package.json' : undefined;
  } catch {
    return undefined; // no package, or none that can be read
  }
}

function planned(cwd: string, path: string, text: string): PlannedFile {
  const before = textAt(cwd, path);
  const state = before === undefined ? 'new' : before === text ? 'same' : 'exists';
  return { shown: relative(cwd, path), path, text, state };
}

/** What a file holds that is to be written; undefined where there is none. Throws `UsageError` for what is no file that can be read. */
function textAt(cwd: string, path: string): string | undefined {
  const shown = relative(cwd, path);
  let stats: Stats | undefined;
  try {
    stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isFile()) return readFileSync(path, 'utf8');
    if (stats === undefined && lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  } catch (error) {
    // Where a file stands in the place of its folder, there is none to be read; that none can be written is told then.
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return undefined;
    throw new UsageError(`${shown} cannot be read: ${reasonOf(error)}; kpi init would write a file there, so mend that, or move it away`);
  }
  const what = stats === undefined ? 'a link to what is not there' : 'no file';
  throw new UsageError(`${shown} is ${what}: kpi init would write one there; move it away`);
}

/** The answers that name a file which runs make. */
function madeFiles({ integration, entry }: Chosen): readonly string[] {
  const files = (integration.setup?.questions ?? []).filter((question) => question.makesFile).map((question) => entry[question.setting]);
  return files.filter((one) => typeof one === 'string');
}

function needsInit({ integration, entry }: Chosen): boolean {
  return 'autoInit' in integration && integration.init !== undefined && !(entry.autoInit ?? integration.autoInit);
}

/** The repository that the folder is in: GitHub finds workflows at its root alone. */
function repositoryOf(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder;
  return dirname(folder) === folder ? undefined : repositoryOf(dirname(folder));
}
