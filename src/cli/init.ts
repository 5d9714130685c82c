import type { Init, Plan, PlannedFile } from '../app.ts';
import { UsageError } from '../engine/usage-error.ts';
import { checkAnswers, checkUsed, givenBy, type InitFlags, usual } from './init-flags.ts';
import { askFor } from './init-questions.ts';
import { GivenUp, isGivenUp, type Prompts } from './prompts.ts';

export interface Made {
  readonly plan: Plan;
  /** Files that stay as they were, as the user wants it. */
  readonly kept: readonly PlannedFile[];
}

/**
 * Finds the answers, by the flags and the person, and writes the files; undefined where the person gave up, and nothing was written.
 * Throws `UsageError` for flags that make no config, and where only a person could answer and there is none.
 */
export async function makeFiles(
  init: Init,
  flags: InitFlags & { readonly yes?: boolean; readonly force?: boolean },
  prompts: Prompts | undefined,
): Promise<Made | undefined> {
  const given = givenBy(flags, init);
  if (!prompts && !flags.yes) throw nobodyThere(init);
  try {
    prompts?.begin('kpi init: nothing is written before the last answer');
    const answers = prompts ? await askFor(init, given, prompts) : usual(given, init);
    checkUsed(given, [...answers.providers, ...answers.sinks]);
    checkAnswers(answers, init);
    const plan = init.plan(answers);
    const kept = flags.force ? [] : await filesToKeep(plan, prompts);
    init.write(plan.files.filter((file) => file.state !== 'same' && !kept.includes(file)));
    prompts?.end('Done.');
    return { plan, kept };
  } catch (error) {
    if (!isGivenUp(error)) throw error;
    prompts?.end('Nothing was written.');
    return undefined;
  }
}

/** Asks of each file that is there. */
async function filesToKeep({ files, hides }: Plan, prompts: Prompts | undefined): Promise<readonly PlannedFile[]> {
  const there = files.filter((file) => file.state === 'exists');
  if (!prompts) {
    const names = there.map((file) => file.shown);
    if (names.length > 0) throw new UsageError(thereAlready(names));
    if (hides !== undefined)
      throw new UsageError(`${hides} is a config already, and kpi.config.json would hide it; --force writes it all the same`);
    return [];
  }
  if (hides !== undefined && !(await prompts.yes(`${hides} is a config already. Write kpi.config.json, which is read instead?`, false))) {
    throw new GivenUp();
  }
  const kept: PlannedFile[] = [];
  for (const file of there) {
    if (await prompts.yes(`${file.shown} is there already. Replace it?`, false)) continue;
    // The other files are made of the same answers, and would not belong to the config that stays.
    if (file.shown === 'kpi.config.json') throw new GivenUp();
    kept.push(file);
  }
  return kept;
}

function thereAlready(names: readonly string[]): string {
  const [are, them] = names.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return `${names.join(', ')} ${are} there already, and nothing was written; --force replaces ${them}`;
}

function nobodyThere(init: Init): UsageError {
  const known = init.providers.map(({ name }) => name).join(', ');
  return new UsageError(
    `kpi init asks questions, and nobody is there to answer; add --yes, --providers (${known}) and --set NAME.SETTING=VALUE`,
  );
}
