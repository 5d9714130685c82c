import type { ConfigProblem } from '../../sdk/errors.ts';
import { type Path, pathText } from './path.ts';

/** What was found while the config was read: all of it is told at the end, at once. */
export interface Notes {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  readonly secrets: ReadonlySet<string>;
  readonly unset: readonly { readonly path: string; readonly variable: string }[];
  problem(path: Path, message: string): void;
  /** `path`: also a file. */
  warning(path: Path | string, message: string): void;
  secret(value: string): void;
  /** A variable that is needed and not set. */
  missing(path: Path, variable: string, message: string): void;
}

/** `lenient`: an unset variable is no problem. */
export function createNotes(
  options: { readonly onSecret?: ((value: string) => void) | undefined; readonly lenient?: boolean } = {},
): Notes {
  const problems: ConfigProblem[] = [];
  const warnings: ConfigProblem[] = [];
  const unset: { path: string; variable: string }[] = [];
  const secrets = new Set<string>();

  function add(list: ConfigProblem[], path: Path | string, message: string): void {
    const at = typeof path === 'string' ? path : pathText(path);
    if (!list.some((known) => known.path === at && known.message === message)) list.push({ path: at, message });
  }

  return {
    problems,
    warnings,
    secrets,
    unset,
    problem: (path, message) => add(problems, path, message),
    warning: (path, message) => add(warnings, path, message),
    secret(value) {
      if (value === '' || secrets.has(value)) return;
      secrets.add(value);
      options.onSecret?.(value);
    },
    missing(path, variable, message) {
      unset.push({ path: pathText(path), variable });
      if (!options.lenient) add(problems, path, message);
    },
  };
}
