import type { ConfigProblem } from '../../sdk/errors.ts';
import type { Guard, Measurement } from '../../sdk/measurement.ts';
import type { Tags } from '../../sdk/point.ts';
import type { AnyProvider } from '../../sdk/provider.ts';
import type { AnySink } from '../../sdk/sink.ts';
import type { Period } from '../period.ts';

/** Name → loader: nothing is loaded until it is asked for. */
export type Registry<T> = Readonly<Record<string, () => Promise<T>>>;

/** What a command works with: only that is resolved. Absent: all that is enabled. */
export interface Selection {
  /** Empty: the command works with none, and `"providers": {}` is right for it. */
  readonly providers?: readonly string[] | undefined;
  readonly sinks?: readonly string[] | undefined;
  /** No sink is selected. */
  readonly dryRun?: boolean | undefined;
  /** The store is asked, also where it is not selected. */
  readonly asksStore?: boolean | undefined;
}

export interface ConfigOptions {
  /** Where the config is looked for; `file` and `envFile` are relative to it. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--config`. */
  readonly file?: string | undefined;
  /** `--env-file`. */
  readonly envFile?: string | undefined;
  readonly providers: Registry<AnyProvider>;
  readonly sinks: Registry<AnySink>;
  /** The engine's own measurements, whose tags and fields the config's tags must not be. */
  readonly own?: readonly Measurement[];
  /** Told each secret value the moment it is found, so that even the error that follows can be redacted. */
  readonly onSecret?: (value: string) => void;
}

export interface LoadOptions extends ConfigOptions {
  readonly select: Selection;
}

interface RunSettings {
  readonly every?: Period;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly failOn: 'any' | 'required' | 'never';
  /** Absolute. */
  readonly stateDir: string;
  readonly state: 'local' | 'store';
}

/** The config, valid in every part. */
export interface Config {
  /** Absolute. */
  readonly file: string;
  /** What paths in the config are relative to. */
  readonly dir: string;
  readonly run: RunSettings;
  /** The config's own tags: every point carries them, the run's too. */
  readonly tags: Tags;
  readonly providers: readonly ProviderInstance[];
  readonly sinks: readonly SinkInstance[];
  /** The sink that questions go to; undefined when none of them can answer. */
  readonly store: string | undefined;
  readonly outbox: { readonly maxBytes: number };
  readonly warnings: readonly ConfigProblem[];
  /** All secret values that were resolved, for the redactor. */
  readonly secrets: readonly string[];
}

interface Instance {
  /** Its key in the config. */
  readonly name: string;
  readonly type: string;
  /** `enabled` in the config. */
  readonly enabled: boolean;
  /** Enabled, and asked for. */
  readonly selected: boolean;
  readonly required: boolean;
  readonly only?: readonly string[];
  /**
   * What the integration's schema made of its settings. Secrets of what is not selected are not resolved; undefined where `${}` left
   * no way to tell, which cannot be for what is selected.
   */
  readonly settings: unknown;
}

export interface ProviderInstance extends Instance {
  readonly provider: AnyProvider;
  /** The config's and its own; its own win. */
  readonly tags: Tags;
  /** Its own, or the run's. */
  readonly every?: Period;
  readonly settleMs?: number;
  /** The user's, by `field` or `measurement.field`. */
  readonly guards?: Readonly<Record<string, Guard>>;
  /** Counters, as `field` or `measurement.field`, from which differences are derived. */
  readonly deltas?: readonly string[];
  /** How old its last data may be. */
  readonly freshness?: { readonly warn?: number | undefined; readonly error?: number | undefined };
}

export interface SinkInstance extends Instance {
  readonly sink: AnySink;
  readonly autoInit: boolean;
}
