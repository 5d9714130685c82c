/** One thing that `kpi init` asks before it writes an entry of the config. The answer is checked by the integration's own settings. */
export interface Question {
  /** Where the answer goes: `path`; `repos[]`, a list of words; `orgs[].name`, a list of objects, one for each word. */
  readonly setting: string;
  /** As it is asked: one sentence. */
  readonly ask: string;
  /** An answer, to show what one looks like. */
  readonly example?: string;
  /** Taken where the answer is empty. Without it, an empty answer leaves the setting out. */
  readonly default?: string;
  /** The answers to choose from; the first is the default. */
  readonly choices?: readonly string[];
  /** Asked only where an earlier setting has one of these values. */
  readonly when?: When;
  /** The answer is a file that runs make: git is told to leave it alone. */
  readonly makesFile?: boolean;
}

/** A setting that is a secret: it is never asked for. The config takes it from a variable, and the user is told how to get it. */
export interface NeededSecret {
  readonly setting: string;
  /** `GITHUB_TOKEN` */
  readonly variable: string;
  /** What it is, in a few words: `a token of GitHub`. */
  readonly what: string;
  /** The least that it must be allowed, in words. */
  readonly scope: string;
  /** The page where it is made. */
  readonly url?: string;
  /** What a workflow of GitHub has already, where it has no such secret: `github.token`. */
  readonly inWorkflow?: string;
  readonly when?: When;
}

export interface When {
  readonly setting: string;
  readonly is: readonly string[];
}

/** What `kpi init` must know of an integration to write an entry for it. */
export interface Setup {
  /** In the order in which they are asked. */
  readonly questions: readonly Question[];
  readonly secrets: readonly NeededSecret[];
}
