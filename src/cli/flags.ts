import { integer, string } from '@oclif/core/flags';
import type { OptionFlag } from '@oclif/core/interfaces';
import type { ConfigFlags } from '../app.ts';
import { UsageError } from '../engine/usage-error.ts';

/** For each command that reads the config. */
export const configFlags = {
  config: string({
    summary: 'The config file. Default: kpi.config.* in the working directory, or package.json#kpi.',
    helpValue: 'FILE',
    parse: given('--config'),
  }),
  'env-file': string({
    summary: 'Read environment variables from this file; those already set win.',
    helpValue: 'FILE',
    parse: given('--env-file'),
  }),
};

/** The flags of the config, as the app takes them. */
export function configOf(flags: { readonly config?: string | undefined; readonly 'env-file'?: string | undefined }): ConfigFlags {
  return { config: flags.config, envFile: flags['env-file'] };
}

/** A value that must not be empty, as a shell's unset variable would make it. */
export function given(flag: string): (input: string) => Promise<string> {
  return async (input) => {
    if (input.trim() === '') throw new UsageError(`${flag} has an empty value`);
    return input;
  };
}

/** Names with commas between; the flag may also be repeated. */
export function names(flag: string, helpValue: string, summary: string) {
  return string({ summary, helpValue, multiple: true, multipleNonGreedy: true, delimiter: ',', parse: given(flag) });
}

/** One of a few words. */
export function choice<const Word extends string>(flag: string, words: readonly Word[], summary: string, hidden = false) {
  return string({
    summary,
    hidden,
    helpValue: words.join('|'),
    async parse(input) {
      if (!words.some((word) => word === input)) throw new UsageError(`${flag} takes ${listed(words)}, not "${input}"`);
      return input;
    },
  }) as OptionFlag<string | undefined> as OptionFlag<Word | undefined>;
}

/** A whole number of at least 1. */
export function positive(flag: string, helpValue: string, summary: string, fallback: number) {
  return integer({
    summary,
    helpValue,
    default: fallback,
    async parse(input) {
      const number = Number(input);
      if (!/^\d{1,9}$/.test(input) || number === 0) throw new UsageError(`${flag} takes a whole number from 1, not "${input}"`);
      return number;
    },
  });
}

function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
