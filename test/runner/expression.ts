import { data, Evaluator, Lexer, Parser } from '@actions/expressions';

/** What expressions may ask for, by the names of the contexts: `github`, `inputs`, `steps`, … */
export type Contexts = Readonly<Record<string, unknown>>;

export interface Status {
  readonly failed: boolean;
}

/** A text with its `${{ }}` filled in, as GitHub's own evaluator does it. */
export function filled(text: unknown, contexts: Contexts): string {
  return String(text ?? '').replace(/\$\{\{(.*?)\}\}/gs, (_, expression: string) => evaluate(expression, contexts).coerceString());
}

/** Whether a step or a job with this `if:` runs. https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions */
export function isWanted(condition: unknown, contexts: Contexts, status: Status): boolean {
  const expression = String(condition ?? 'success()').replace(/^\s*\$\{\{(.*)\}\}\s*$/s, '$1');
  if (status.failed && !/\b(always|failure|cancelled)\s*\(/.test(expression)) return false;
  const value = evaluate(expression, contexts, status);
  return !['', '0', 'false'].includes(value.coerceString());
}

function evaluate(expression: string, contexts: Contexts, { failed }: Status = { failed: false }): data.ExpressionData {
  const functions = [
    ['always', true],
    ['success', !failed],
    ['failure', failed],
    ['cancelled', false],
  ] as const;
  const known = functions.map(([name, value]) => ({ name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(value) }));
  const parsed = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), known).parse();
  const values = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  return new Evaluator(parsed, values, new Map(known.map((one) => [one.name, one]))).evaluate();
}
