import type { Answers, Init, Question, Typed } from '../app.ts';
import { truncate } from '../report/text.ts';
import type { Given } from './init-flags.ts';
import type { PromptChoice, Prompts } from './prompts.ts';

const periods: readonly PromptChoice[] = [
  { value: '1h', label: 'every hour' },
  { value: '4h', label: 'every 4 hours' },
  { value: '1d', label: 'every day' },
  { value: '1w', label: 'every week', hint: 'from Monday' },
];

const usualSinks: readonly string[] = ['sqlite'];

/** Of 80, without what is drawn around a name and its hint. */
const hintColumns = 70;

/** Asks for all that the flags leave open. */
export async function askFor(init: Init, given: Given, prompts: Prompts): Promise<Answers> {
  const providers = given.providers ?? (await prompts.several('What shall be collected?', choices(init.providers, []), []));
  const settings: Record<string, Typed> = { ...given.settings };
  for (const name of providers) settings[name] = await askAll(init, name, settings[name] ?? {}, prompts);
  const sinks = given.sinks ?? (await prompts.several('Where shall the numbers go?', choices(init.sinks, usualSinks), usualSinks));
  for (const name of sinks) settings[name] = await askAll(init, name, settings[name] ?? {}, prompts);
  const every = given.every ?? (await prompts.one('How often?', periods, '4h'));
  const workflow = given.workflow ?? (await prompts.yes('Shall GitHub Actions run it, by a workflow in this repository?', true));
  return { providers, sinks, every, workflow, settings };
}

async function askAll(init: Init, name: string, given: Typed, prompts: Prompts): Promise<Typed> {
  let typed = given;
  const asked = new Set<string>();
  for (;;) {
    // An answer decides which questions follow.
    const next = init.questions(name, typed).find(({ setting }) => !asked.has(setting) && !(setting in given));
    if (next === undefined) return typed;
    asked.add(next.setting);
    typed = { ...typed, [next.setting]: await ask(init, name, typed, next, prompts) };
  }
}

async function ask(init: Init, name: string, typed: Typed, question: Question, prompts: Prompts): Promise<string> {
  const { ask: words, choices: values, setting } = question;
  if (values)
    return await prompts.one(
      words,
      values.map((value) => ({ value, label: value })),
      values[0] ?? '',
    );
  return await prompts.text(words, {
    placeholder: placeholderOf(question, init.problem(name, { ...typed, [setting]: '' }, question) === undefined),
    ...(question.default !== undefined && { standard: question.default }),
    check: (text) => init.problem(name, { ...typed, [setting]: text }, question),
  });
}

function placeholderOf({ example, default: standard }: Question, mayBeEmpty: boolean): string {
  if (standard !== undefined) return standard;
  const shown = `such as ${example ?? ''}`;
  return mayBeEmpty ? `${shown}; Enter for none` : shown;
}

/** What is chosen already comes first. */
function choices(known: Init['providers'], chosen: readonly string[]): readonly PromptChoice[] {
  const sorted = [...known].sort((a, b) => Number(chosen.includes(b.name)) - Number(chosen.includes(a.name)));
  return sorted.map(({ name, help }) => ({ value: name, label: name, hint: hintOf(help, hintColumns - name.length) }));
}

/** A line's worth: what stands before the details. */
function hintOf(help: string, columns: number): string {
  return truncate((help.split(/[:;]/)[0] ?? '').replace(/\.$/, ''), columns);
}
