import type { NeededSecret, Question, Setup, When } from '../../sdk/setup.ts';
import { isRecord } from '../config/path.ts';

/** What was answered for one entry: the setting, as its question calls it or as a path in the entry, and what was typed. */
export type Typed = Readonly<Record<string, string>>;

/** What an integration is called, and asks. */
export interface Asking {
  readonly name: string;
  readonly setup?: Setup;
}

type Entry = Readonly<Record<string, unknown>>;

/** The entry of the config that answers make. A secret becomes `${NAME}`. */
export function entryOf({ setup }: Asking, typed: Typed): Entry {
  let entry: Entry = {};
  const questions = setup?.questions ?? [];
  for (const question of questions) {
    if (!applies(question.when, entry)) continue;
    const text = (typed[question.setting] ?? '').trim() || fallback(question);
    if (text !== '') entry = placed(entry, question.setting, text);
  }
  for (const [setting, text] of Object.entries(typed)) {
    if (!questions.some((question) => question.setting === setting)) entry = withValue(entry, setting.split('.'), given(text));
  }
  for (const secret of secretsFor({ setup }, entry)) {
    if (entry[secret.setting] === undefined) entry = { ...entry, [secret.setting]: `\${${secret.variable}}` };
  }
  return entry;
}

/** The questions that the answers so far leave to be asked, in their order. */
export function questionsFor(asking: Asking, typed: Typed): readonly Question[] {
  const entry = entryOf(asking, typed);
  return (asking.setup?.questions ?? []).filter((question) => applies(question.when, entry));
}

export function secretsFor({ setup }: Pick<Asking, 'setup'>, entry: Entry): readonly NeededSecret[] {
  return (setup?.secrets ?? []).filter((secret) => applies(secret.when, entry));
}

/** The question's own name for what `--set` calls by the name of the setting: `orgs` for `orgs[].name`. */
export function settingNamed({ setup }: Asking, given: string): string {
  return setup?.questions.find(({ setting }) => setting === given || rootOf(setting) === given)?.setting ?? given;
}

/** `orgs` of `orgs[].name`. */
export function rootOf(setting: string): string {
  return setting.replace(/\[\].*$/, '');
}

export function isList({ setting }: Question): boolean {
  return setting.includes('[]');
}

/** Between the words of a list stand commas, blanks, or both. */
export function wordsIn(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

function fallback({ default: standard, choices }: Question): string {
  return standard ?? choices?.[0] ?? '';
}

function applies(when: When | undefined, entry: Entry): boolean {
  return when === undefined || when.is.some((value) => value === entry[when.setting]);
}

function placed(entry: Entry, setting: string, text: string): Entry {
  const [, list, key] = /^(\w+)\[\](?:\.(\w+))?$/.exec(setting) ?? [];
  if (list === undefined) return withValue(entry, setting.split('.'), text);
  const whole = given(text);
  if (Array.isArray(whole)) return { ...entry, [list]: whole };
  return { ...entry, [list]: wordsIn(text).map((word) => (key === undefined ? word : { [key]: word })) };
}

function withValue(entry: Entry, [key = '', ...rest]: readonly string[], value: unknown): Entry {
  if (rest.length === 0) return { ...entry, [key]: value };
  const inner = Object.hasOwn(entry, key) ? entry[key] : undefined;
  return { ...entry, [key]: withValue(isRecord(inner) ? inner : {}, rest, value) };
}

/** What `--set` may give: JSON where it is some, else text. */
function given(text: string): unknown {
  if (!/^(true|false|-?\d|[[{"])/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
