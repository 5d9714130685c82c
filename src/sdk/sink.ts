import type { z } from 'zod';
import type { SinkContext } from './context.ts';
import type { FieldKind, Measurement } from './measurement.ts';
import type { Entry, Tags } from './point.ts';
import type { Finding } from './provider.ts';
import type { Setup } from './setup.ts';
import type { Source } from './source.ts';
import type { Window } from './time.ts';

/**
 * What writing the same identity again does. `merges`: field by field, the newest `collectedAt` wins, an older entry only fills what
 * is missing. `overwrites`: field by field, the last written wins. `keepsFirst`: refused as a whole where it says otherwise of a field,
 * else what is missing is filled. `appends`: a copy with the same identity.
 */
export type Rerun = 'merges' | 'overwrites' | 'keepsFirst' | 'appends';

export interface Capabilities {
  /** Which times of points it takes; milliseconds before and after the clock. */
  readonly timestamps: 'any' | 'none' | { readonly pastMs?: number; readonly futureMs?: number };
  readonly rerun: Rerun;
  /** The kinds of fields it holds; a point with none of them is not offered to it. */
  readonly kinds: readonly FieldKind[];
  /** The most that one `write` is given. */
  readonly batch: { readonly entries: number };
  /** True where a measurement's tag set can never grow. */
  readonly fixedTags?: boolean;
  /** True where the data goes to standard output. */
  readonly stdout?: boolean;
}

/** What a store promises, in words, where `Capabilities` cannot say it. */
export interface Promises {
  /** When a batch counts as stored: `once its transaction is on disk`. */
  readonly stored: string;
  /** What makes two points one there: `series and time`. */
  readonly key: string;
  /** What nobody should rely on, a sentence each. */
  readonly not: readonly string[];
  /** Settings with which it takes other things than with those of the example, by what that is called. */
  readonly variants?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** One entry of a batch that the store refuses for good. */
export interface Rejection {
  readonly index: number;
  /** The store's own words. */
  readonly reason: string;
}

/** A file or folder that a sink writes to. */
export interface SinkFile {
  /** The setting that names it, for messages: `path`. */
  readonly setting: string;
  /** Relative paths are relative to the config. */
  readonly path: string;
  /** The endings of the files that it keeps beside it, unless it is a device or a pipe: `.lock`, `-wal`. */
  readonly beside?: readonly string[];
}

export interface OpenSink {
  /**
   * Durable when it resolves. Throws for the whole batch, which may then be sent again (`TransientError`), halved (`SplitError`) or
   * kept until another run (`PermanentError`); or returns what is refused for good, the rest being stored.
   */
  write(batch: readonly Entry[]): Promise<readonly Rejection[]>;
  close(): Promise<void>;
}

/** One thing that `kpi db init` made, changed, or found ready. */
export interface Change {
  /** `table github_repository`, `bucket kpi`. */
  readonly object: string;
  readonly action: 'created' | 'changed' | 'ready';
  readonly detail?: string;
}

/** What `kpi db status` tells of a store. */
export interface StoreStatus {
  readonly measurements: readonly {
    readonly name: string;
    readonly rows?: number;
    readonly from?: Date;
    readonly to?: Date;
    /** What is missing, or has drifted from the declaration. */
    readonly problems: readonly string[];
  }[];
  readonly bytes?: number;
  readonly problems: readonly string[];
}

/** A store that can be asked. Read-only. */
export interface Store {
  /** The newest entry of each series, or the newest before a time. */
  last(query: { readonly measurement: string; readonly tags?: Tags; readonly before?: Date }): AsyncIterable<Entry>;
  /** All entries in a window, by series and time; where `series` is given, only of those, by their keys. */
  history(query: {
    readonly measurement: string;
    readonly tags?: Tags;
    readonly series?: readonly string[];
    readonly window: Window;
  }): AsyncIterable<Entry>;
  close(): Promise<void>;
}

/** One record of kpi's own memory. */
export interface StateRecord {
  /** `run`, `report`, `lease`, `window`, `failed`, `tags`, `names`, `config`, `reading`, `held`, and later `chunk`. */
  readonly kind: string;
  readonly key: string;
  /** JSON. */
  readonly value: unknown;
  /** Grows with each write; 0 is "not there". */
  readonly version: number;
}

export interface StateChange {
  readonly kind: string;
  readonly key: string;
  /** undefined deletes. */
  readonly value: unknown;
  /** The write happens only if the record still has this version. */
  readonly ifVersion?: number;
}

/** kpi's own memory: small records, changed together or not at all. */
export interface StateStore {
  read(kind: string, key: string): Promise<StateRecord | undefined>;
  /** By key, ascending; the newest `last` of them where given. */
  list(kind: string, options?: { readonly prefix?: string; readonly last?: number }): Promise<readonly StateRecord[]>;
  /** All of the changes, durably; or, where a version was another, none of them and false. */
  change(changes: readonly StateChange[]): Promise<boolean>;
  close(): Promise<void>;
}

/** Code that knows one store. */
export interface Sink<Settings> {
  /** Folder, registry key and default instance name. */
  readonly name: string;
  /** One line for `kpi sinks`. */
  readonly help: string;
  readonly settings: z.ZodType<Settings>;
  /**
   * Settings, none of which must be there, that are taken from a variable where the entry does not have them and the variable is set: those
   * that the store's own tools read (`{ host: 'PGHOST' }`). As if the entry said `${PGHOST}`.
   */
  readonly variables?: Readonly<Record<string, string>>;
  /** An entry of `sinks` as a user would write it, with every setting. */
  readonly example: Readonly<Record<string, unknown>>;
  /** What `kpi init` asks; absent: it writes an entry without settings. */
  readonly setup?: Setup;
  /** Whether `autoInit` is on where the config does not say. */
  readonly autoInit: boolean;
  accepts(settings: Settings): Capabilities;
  /** For the table of all stores in the documentation; every sink of the registry has it. */
  readonly promises?: Promises;
  /**
   * What it writes to on this machine. Pure. No two sinks may have a file in common, nor one with the config or kpi's own memory:
   * nothing is started then. Absent: it writes to none.
   */
  files?(settings: Settings): readonly SinkFile[];
  /** Imports its client here. Idempotent preparation where `context.autoInit`. */
  open(settings: Settings, context: SinkContext): Promise<OpenSink>;
  /** `kpi db init`: idempotent, also when two run at once. */
  init?(settings: Settings, measurements: readonly Measurement[], context: SinkContext): Promise<readonly Change[]>;
  status?(settings: Settings, measurements: readonly Measurement[], context: SinkContext): Promise<StoreStatus>;
  check?(settings: Settings, context: SinkContext): AsyncIterable<Finding>;
  ask?(settings: Settings, context: SinkContext): Promise<Store>;
  /** Can hold kpi's own memory for several machines. */
  state?(settings: Settings, context: SinkContext): Promise<StateStore>;
  /** Its entries can be taken from it again, for other sinks, by `kpi relay`. */
  source?(settings: Settings, context: SinkContext): Promise<Source>;
}

/** A sink whose types were checked and are no longer told. */
export type AnySink = Sink<unknown>;

/** Checks a sink's types and erases them for the registry. */
export function defineSink<Settings>(sink: Sink<Settings>): AnySink {
  return sink as unknown as AnySink;
}
