import type { Answers, Choice, Init } from '../app.ts';
import { didYouMean } from '../engine/nearest.ts';
import { UsageError } from '../engine/usage-error.ts';

export interface InitFlags {
  readonly providers?: readonly string[] | undefined;
  readonly sinks?: readonly string[] | undefined;
  readonly every?: string | undefined;
  readonly set?: readonly string[] | undefined;
  readonly workflow?: boolean | undefined;
}

/** What the flags answer already. */
export interface Given {
  readonly providers?: readonly string[];
  readonly sinks?: readonly string[];
  readonly every?: string;
  readonly workflow?: boolean;
  readonly settings: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Throws `UsageError` for what cannot be an answer. */
export function givenBy(flags: InitFlags, init: Init): Given {
  const { providers, sinks, every, workflow } = flags;
  checkNames('--providers', 'provider', providers, init.providers);
  checkNames('--sinks', 'sink', sinks, init.sinks);
  const problem = every === undefined ? undefined : init.everyProblem(every, workflow === true);
  if (problem !== undefined) throw new UsageError(`--every ${problem}, not "${every}"`);
  return {
    ...(providers && { providers: [...new Set(providers)] }),
    ...(sinks && { sinks: [...new Set(sinks)] }),
    ...(every !== undefined && { every }),
    ...(workflow !== undefined && { workflow }),
    settings: settingsIn(flags.set ?? [], init),
  };
}

/** Throws `UsageError` where a setting was given for what is not chosen: it would be lost without a word. */
export function checkUsed({ settings }: Given, chosen: readonly string[]): void {
  for (const name of Object.keys(settings)) {
    if (!chosen.includes(name)) throw new UsageError(`--set ${name}.…: ${name} is not among the providers and sinks that were chosen`);
  }
}

/** What `--yes` answers. Throws `UsageError` where only a person can know. */
export function usual({ providers, sinks = ['sqlite'], every = '4h', workflow = true, settings }: Given, init: Init): Answers {
  if (providers === undefined) {
    throw new UsageError(`--yes wants --providers: ${init.providers.map(({ name }) => name).join(', ')}, with commas between`);
  }
  return { providers, sinks, every, workflow, settings };
}

/** Throws `UsageError` for answers that make no config. */
export function checkAnswers(answers: Answers, init: Init): void {
  const every = init.everyProblem(answers.every, answers.workflow);
  if (every !== undefined) throw new UsageError(`--every ${every}, not "${answers.every}"`);
  const problems = init.problems(answers);
  if (problems.length === 0) return;
  const examples = [...answers.providers, ...answers.sinks].flatMap((name) => {
    const typed = answers.settings[name] ?? {};
    const open = init.questions(name, typed).filter(({ setting, example }) => example !== undefined && !(setting in typed));
    return open
      .map(({ setting, example }) => ({ setting: setting.replace(/\[\].*$/, ''), example: example?.replaceAll(' ', '') }))
      .filter(({ setting }) => problems.some(({ path }) => [name, `${name}.${setting}`].includes(path.replace(/^\w+\./, ''))))
      .map(({ setting, example }) => `--set ${name}.${setting}=${example}`)
      .slice(0, 1);
  });
  const hint = examples.length === 0 ? '' : `; answer with ${examples.join(' ')}`;
  throw new UsageError(`${problems.map(({ path, message }) => `${path} ${message}`).join('; ')}${hint}`);
}

function checkNames(flag: string, word: string, names: readonly string[] | undefined, choices: readonly Choice[]): void {
  const known = choices.map((choice) => choice.name);
  for (const name of names ?? []) {
    if (!known.includes(name)) {
      throw new UsageError(`${flag}: there is no ${word} "${name}"${didYouMean(name, known) || `; choose from ${known.join(', ')}`}`);
    }
  }
}

function settingsIn(set: readonly string[], init: Init): Given['settings'] {
  const known = [...init.providers, ...init.sinks].map((choice) => choice.name);
  const settings: Record<string, Record<string, string>> = {};
  for (const one of set) {
    const [, name, setting, value] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(one) ?? [];
    if (name === undefined || setting === undefined || value === undefined)
      throw new UsageError('--set takes NAME.SETTING=VALUE, such as --set github.orgs=petabridge');
    if (!known.includes(name)) {
      throw new UsageError(`--set: there is no provider or sink "${name}"${didYouMean(name, known) || `; they are ${known.join(', ')}`}`);
    }
    settings[name] = { ...settings[name], [init.settingNamed(name, setting)]: value };
  }
  return settings;
}
