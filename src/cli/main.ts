import type { Config } from '@oclif/core/config';
import type { PJSON } from '@oclif/core/interfaces';
import { didYouMean } from '../engine/nearest.ts';
import { UsageError } from '../engine/usage-error.ts';
import type { KpiCommandClass } from './command.ts';
import { named } from './commands.ts';
import { failureOf, failureText } from './failure.ts';
import { type Host, terminalColumns } from './host.ts';
import { type Manifest, versionMark } from './manifest.ts';

export interface MainOptions {
  readonly host: Host;
  /** The package's folder. */
  readonly root: string;
  /** Its package.json. */
  readonly pjson: PJSON;
  /** What the build knows of the commands; absent: they are found by looking for their files. */
  readonly manifest?: Manifest | undefined;
  /** Called when commands may have been loaded, and with them oclif, which puts a listener of its own on standard output. */
  loaded?(): void;
}

/**
 * One command line; resolves to the exit code. oclif loads the command, parses its flags and writes its help. Its own `run` is not used:
 * it loads the program's config twice, prints errors itself and ends the process.
 */
export async function main(argv: readonly string[], options: MainOptions): Promise<number> {
  try {
    return await dispatch(argv, options);
  } catch (error) {
    return fail(error, argv, options);
  }
}

/** Tells of a failure; the exit code for it. */
export function fail(error: unknown, argv: readonly string[], { host, pjson }: Pick<MainOptions, 'host' | 'pjson'>): number {
  const failed = failureOf(error);
  const report = host.clean(failed.report);
  const flags = flagsOf(argv);
  if (flags.includes('--json')) host.printError(report);
  if (wordsOf(argv)[0] === 'collect') host.actions.failed(report);
  const version = versionText(pjson);
  const { paint } = host.err;
  host.err.write(
    failureText({ ...failed, report }, { verbose: flags.includes('--verbose'), version, paint, columns: terminalColumns(host.err) }),
  );
  return report.exitCode;
}

async function dispatch(argv: readonly string[], options: MainOptions): Promise<number> {
  const { host, pjson, manifest } = options;
  if (argv[0] === '--version') {
    host.out.write(`${versionText(pjson)}\n`);
    return 0;
  }
  const config = manifest ? undefined : await loadConfig(options);
  const flags = flagsOf(argv);
  const words = wordsOf(argv[0] === 'help' ? argv.slice(1) : argv);
  const { id, length } = named(words, manifest ? Object.keys(manifest.commands) : (config?.commandIDs ?? []));
  const asksHelp = argv[0] === 'help' || flags.some((flag) => flag === '--help' || flag === '-h');
  if (asksHelp || argv.length === 0 || (id === undefined && words.length > 0)) {
    const page =
      manifest?.help[words.slice(0, length).join(' ')] ?? (await livePage(config ?? (await loadConfig(options)), words.slice(0, length)));
    host.out.write(`${printed(page, options)}\n`);
    return 0;
  }
  const loaded = config ?? (await loadConfig(options));
  if (id === undefined) throw misplacedFlag(argv[0] ?? '', loaded);

  const Loaded = (await loaded.findCommand(id, { must: true }).load()) as unknown as KpiCommandClass;
  options.loaded?.();
  return (await new Loaded(argv.slice(length), loaded, host).run()) ?? 0;
}

/** What is wrong with a flag where a command should be. */
function misplacedFlag(given: string, { commands }: Config): UsageError {
  const flag = given.replace(/=.*$/s, '');
  const known = commands.flatMap((command) => Object.keys(command.flags).map((name) => `--${name}`));
  if (known.includes(flag)) return new UsageError(`${flag} stands before the command; write kpi COMMAND ${flag}`);
  return new UsageError(`unknown flag ${flag}${didYouMean(flag, ['--help', '--version', ...known]) || '; see kpi --help'}`);
}

async function loadConfig({ root, pjson, manifest, loaded }: MainOptions): Promise<Config> {
  const [{ Config }, { settings }] = await Promise.all([import('@oclif/core/config'), import('@oclif/core/settings')]);
  // Else it looks for ts-node, tsx and sources beside a tsconfig.json, whenever NODE_ENV is not "production".
  settings.enableAutoTranspile = false;
  const config = new Config({ root, pjson, ignoreManifest: manifest === undefined });
  await config.load();
  loaded?.();
  return config;
}

async function livePage(config: Config, words: readonly string[]): Promise<string> {
  return await (await import('./help.ts')).helpPage(config, words);
}

/** The page as a stream shows it: this version, headings in bold. */
function printed(page: string, { host, pjson }: MainOptions): string {
  return page.replace(versionMark, versionText(pjson)).replace(/^[A-Z][A-Z ]+$/gm, (heading) => host.out.paint('bold', heading));
}

function flagsOf(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return (end === -1 ? argv : argv.slice(0, end)).filter((word) => word.startsWith('-'));
}

/** The words before the first flag. */
function wordsOf(argv: readonly string[]): readonly string[] {
  const first = argv.findIndex((word) => word.startsWith('-'));
  return first === -1 ? argv : argv.slice(0, first);
}

function versionText(pjson: PJSON): string {
  return `kpi/${pjson.version} ${process.platform}-${process.arch} node-${process.version}`;
}
