import type { ConfigProblem } from '../../sdk/errors.ts';
import type { AnyProvider } from '../../sdk/provider.ts';
import type { Question } from '../../sdk/setup.ts';
import type { AnySink } from '../../sdk/sink.ts';
import type { Registry } from '../config/config.ts';
import { parsePeriod } from '../period.ts';
import { entryOf, isList, questionsFor, rootOf, settingNamed, type Typed, wordsIn } from './answers.ts';
import { problemsOf, type Section } from './checked.ts';
import { cronLines } from './cron.ts';
import { type Plan, type PlannedFile, planFiles } from './plan.ts';
import type { Variable } from './variables.ts';
import { writeFiles } from './write.ts';

export type { Plan, PlannedFile, Question, Typed, Variable };

/** What was answered. */
export interface Answers {
  readonly providers: readonly string[];
  readonly sinks: readonly string[];
  readonly every: string;
  readonly workflow: boolean;
  /** By the name of the provider or sink. */
  readonly settings: Readonly<Record<string, Typed>>;
}

/** What can be chosen, and what is asked of each. */
export interface Choice {
  readonly name: string;
  readonly help: string;
}

/** `kpi init`: knows what to ask, checks what is answered, and makes the files of it. Asks nobody itself. */
export interface Init {
  readonly providers: readonly Choice[];
  readonly sinks: readonly Choice[];
  /** Those that the answers so far leave to be asked. */
  questions(name: string, typed: Typed): readonly Question[];
  /** The question's own name for a setting. */
  settingNamed(name: string, given: string): string;
  /** Why an answer cannot stand, in one sentence. `typed`: this answer too. */
  problem(name: string, typed: Typed, question: Question): string | undefined;
  everyProblem(every: string, workflow: boolean): string | undefined;
  /** Everything that is wrong with the answers. */
  problems(answers: Answers): readonly ConfigProblem[];
  plan(answers: Answers): Plan;
  /** All of them, or none. */
  write(files: readonly PlannedFile[]): void;
}

export interface InitOptions {
  readonly cwd: string;
  readonly providers: Registry<AnyProvider>;
  readonly sinks: Registry<AnySink>;
  /** Where the action is that a workflow uses: `OWNER/REPO@v1`. */
  readonly action: string;
}

export async function openInit({ cwd, action, ...registries }: InitOptions): Promise<Init> {
  const load = <T>(registry: Registry<T>) => Promise.all(Object.values(registry).map((one) => one()));
  const [providers, sinks] = await Promise.all([load(registries.providers), load(registries.sinks)]);
  const known = new Map<string, { readonly section: Section; readonly integration: AnyProvider | AnySink }>();
  for (const integration of sinks) known.set(integration.name, { section: 'sinks', integration });
  for (const integration of providers) known.set(integration.name, { section: 'providers', integration });

  function find(name: string) {
    const found = known.get(name);
    if (found === undefined) throw new TypeError(`there is no integration ${name}`);
    return found;
  }
  function entriesOf(names: readonly string[], { settings }: Answers) {
    return names.map((name) => {
      const { section, integration } = find(name);
      return { section, integration, entry: entryOf(integration, settings[name] ?? {}) };
    });
  }

  return {
    providers: providers.map(({ name, help }) => ({ name, help })),
    sinks: sinks.map(({ name, help }) => ({ name, help })),
    questions: (name, typed) => questionsFor(find(name).integration, typed),
    settingNamed: (name, given) => settingNamed(find(name).integration, given),
    problem(name, typed, question) {
      const { section, integration } = find(name);
      const found = problemsOf(section, integration, entryOf(integration, typed));
      const at = `${section}.${name}`;
      const isLast = questionsFor(integration, typed).at(-1)?.setting === question.setting;
      const own = found.find(({ path }) => under(path, `${at}.${rootOf(question.setting)}`)) ?? (isLast ? found[0] : undefined);
      const isEmpty = questionsFor(integration, typed).every(({ setting }) => !typed[setting]?.trim());
      if (own?.path === at && isEmpty) return `one of the questions about ${name} needs an answer`;
      return own && words(own, { at, text: typed[question.setting] ?? '', question });
    },
    everyProblem(every, workflow) {
      const period = parsePeriod(every);
      if (!period) return 'must be a period that divides 24 h or is whole days, such as 15m, 4h, 1d, 1w or 1mo';
      if (workflow && !cronLines(period, cwd)) return 'is too often for a workflow: GitHub starts none more often than every 5m';
      return undefined;
    },
    problems: (answers) =>
      entriesOf([...answers.providers, ...answers.sinks], answers).flatMap(({ section, integration, entry }) =>
        problemsOf(section, integration, entry),
      ),
    plan: (answers) => planFiles(entriesOf(answers.providers, answers), entriesOf(answers.sinks, answers), { ...answers, cwd, action }),
    write: writeFiles,
  };
}

function under(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);
}

/** A problem as it is told to the one who has just typed the answer. */
function words({ path, message }: ConfigProblem, { at, text, question }: { at: string; text: string; question: Question }): string {
  const own = `${at}.${rootOf(question.setting)}`;
  if (!under(path, own)) return message;
  if (text.trim() === '') return 'this needs an answer';
  const index = Number(/^\[(\d+)\]/.exec(path.slice(own.length))?.[1] ?? 0);
  return `${isList(question) ? (wordsIn(text)[index] ?? text) : text}: ${message}`;
}
