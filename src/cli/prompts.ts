/** Questions to the person at the terminal. Each throws `GivenUp` where there is no answer: Ctrl-C, or the end of the input. */
export interface Prompts {
  /** What this is about, above the first question. */
  begin(text: string): void;
  /** Some of these, at least one. */
  several(ask: string, choices: readonly PromptChoice[], initial: readonly string[]): Promise<readonly string[]>;
  /** One of these. */
  one(ask: string, choices: readonly PromptChoice[], initial: string): Promise<string>;
  text(ask: string, options: TextOptions): Promise<string>;
  yes(ask: string, initial: boolean): Promise<boolean>;
  /** Below the last answer. */
  end(text: string): void;
}

export interface PromptChoice {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

export interface TextOptions {
  /** Shown where nothing is typed yet. */
  readonly placeholder: string;
  /** Taken where nothing is typed. */
  readonly standard?: string;
  /** Why it cannot be taken; undefined where it can. */
  check(text: string): string | undefined;
}

/** The person at the terminal wants no more of it. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

/** By its name: oclif loads commands by itself, and with them another copy of the class where the sources are run. */
export function isGivenUp(error: unknown): boolean {
  return error instanceof Error && error.name === 'GivenUp';
}

/** Shown in the place of an answer that is empty. */
const none = '(none)';

const showCursor = '\u001b[?25h\n';

/** Questions on this process's terminal, drawn on standard error; undefined where nobody is there to answer. */
export async function terminalPrompts(): Promise<Prompts | undefined> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined;
  const clack = await import('@clack/prompts');
  const output = process.stderr;

  async function answered<T>(answer: Promise<T | typeof clack.CANCEL_SYMBOL>): Promise<T> {
    // At the end of the input (Ctrl-D, a terminal that is gone) the question stays open, and the process would end as if all were well.
    const ended = Promise.withResolvers<never>();
    const end = () => {
      output.write(showCursor);
      ended.reject(new GivenUp());
    };
    process.once('beforeExit', end);
    try {
      const given = await Promise.race([answer, ended.promise]);
      if (clack.isCancel(given)) throw new GivenUp();
      return given;
    } finally {
      process.off('beforeExit', end);
    }
  }

  return {
    begin: (text) => clack.intro(text, { output }),
    several: (message, choices, initialValues) =>
      answered(clack.multiselect({ message, options: [...choices], initialValues: [...initialValues], required: true, output })),
    one: (message, choices, initialValue) => answered(clack.select({ message, options: [...choices], initialValue, output })),
    async text(message, { placeholder, standard, check }) {
      const defaultValue = standard ?? none;
      const text = await answered(clack.text({ message, placeholder, defaultValue, validate: (typed) => check(typed ?? ''), output }));
      return text === none ? '' : text;
    },
    yes: (message, initialValue) => answered(clack.confirm({ message, initialValue, output })),
    end: (text) => clack.outro(text, { output }),
  };
}
