import type { Plan, PlannedFile } from '../app.ts';
import { grid } from '../report/grid.ts';
import type { Style } from '../report/paint.ts';
import { plain } from '../report/text.ts';
import type { Stream } from './host.ts';
import type { Made } from './init.ts';

type Look = Pick<Stream, 'columns' | 'paint'>;

/** What `kpi init` did, and what is left to do. */
export interface InitOutcome {
  readonly files: readonly { readonly file: string; readonly action: 'written' | 'added to' | 'as it was' | 'kept' }[];
  readonly secrets: readonly {
    readonly variable: string;
    readonly what: string;
    readonly scope?: string;
    readonly url?: string;
    /** Its name among the repository's secrets. */
    readonly secret: string;
    /** What the workflow has where there is no such secret. */
    readonly inWorkflow?: string;
  }[];
  /** Commands, in their order. */
  readonly next: readonly string[];
  /** Commands for the workflow; none without one. */
  readonly workflow: readonly string[];
  readonly notes: readonly string[];
}

/** `kpi`: how the program is called here. */
export function outcomeOf({ plan, kept }: Made, kpi: string): InitOutcome {
  const { variables, unready, hasEnv } = plan;
  const env = variables.length === 0 ? '' : ' --env-file .env';
  const workflow = plan.files.find(({ shown }) => shown.endsWith('.yml'));
  return {
    files: plan.files.map((file) => ({ file: file.shown, action: actionOf(file, kept) })),
    secrets: variables.map(({ name, ...variable }) => ({ variable: name, ...variable })),
    next: [
      ...(variables.length === 0 || hasEnv ? [] : ['cp .env.example .env']),
      ...(unready.length === 0 ? [] : [`${kpi} db init${env}`]),
      `${kpi} doctor${env}`,
      `${kpi} collect${env}`,
      `${kpi} db status${env}`,
    ],
    workflow:
      workflow === undefined
        ? []
        : [...variables.map(({ secret }) => `gh secret set ${secret}`), 'gh variable set KPI_ENABLED --body true'],
    notes: notesOf(plan, workflow),
  };
}

export function initText(outcome: InitOutcome, { columns, paint }: Look): string {
  const rows = (cells: readonly (readonly [string, string, Style?])[]) =>
    cells.length === 0
      ? ''
      : grid(
          [{ text: '' }, { text: '' }],
          cells.map(([first, second, style]) => [{ text: plain(first), style }, { text: plain(second) }]),
          { columns, paint, indent: 2 },
        );
  const commands = (lines: readonly string[]) => lines.map((line) => `  ${paint('cyan', plain(line))}\n`).join('');
  const heading = (text: string) => `\n${paint('bold', text)}\n`;
  const { files, secrets, next, workflow, notes } = outcome;
  const names = secrets.map(({ variable }) => variable).join(', ');

  let text = rows(files.map(({ file, action }) => [action, file, action === 'kept' ? 'yellow' : 'green']));
  for (const one of secrets) text += heading(`${one.variable}: ${one.what}`) + rows(factsOf(one, workflow.length > 0));
  text += heading('Next, on this machine') + commands(next.slice(0, 1));
  if (secrets.length > 0) text += `  ${paint('dim', plain(`# and put ${names} into .env`))}\n`;
  text += commands(next.slice(1));
  if (workflow.length > 0) text += heading('Then, once the files are pushed to GitHub') + commands(workflow);
  if (notes.length > 0) text += heading('Mind') + notes.map((note) => rows([['!', note, 'yellow']])).join('');
  return text;
}

function factsOf({ scope, url, secret, variable, inWorkflow }: InitOutcome['secrets'][number], inActions: boolean) {
  const facts: (readonly [string, string])[] = [];
  if (scope !== undefined) facts.push(['it needs', scope]);
  if (url !== undefined) facts.push(['make one', url]);
  if (inActions && inWorkflow !== undefined) {
    const other = !/^github_/i.test(variable) ? '' : `, since no secret's name may begin with GITHUB_`;
    facts.push(['in GitHub', `${secret}${other}; without it, the workflow's own token, which sees what is public and this repository`]);
  }
  return facts;
}

function actionOf(file: PlannedFile, kept: readonly PlannedFile[]): InitOutcome['files'][number]['action'] {
  if (kept.includes(file)) return 'kept';
  if (file.state === 'same') return 'as it was';
  return file.state === 'added' ? 'added to' : 'written';
}

function notesOf({ hides, notes }: Plan, workflow: PlannedFile | undefined): readonly string[] {
  return [
    ...(hides === undefined ? [] : [`${hides} is not read any more: kpi.config.json comes first`]),
    ...notes,
    ...(workflow?.text.includes('OWNER/REPO') ? [`in ${workflow.shown}, put the repository of kpi for OWNER/REPO`] : []),
  ];
}
