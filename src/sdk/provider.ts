import type { z } from 'zod';
import type { ProviderContext } from './context.ts';
import type { NextError } from './errors.ts';
import type { Measurement } from './measurement.ts';
import type { Point } from './point.ts';
import type { Secret } from './secret.ts';
import type { Setup } from './setup.ts';
import type { Window } from './time.ts';

/** How an upstream wants to be asked: a fact, with the page that states it. All instances whose `key` is equal share it. */
export interface Limit {
  /** What `Provider.limit` calls it. The first is the default. */
  readonly name: string;
  /** What the upstream counts by: an address, a credential. Secrets in it are only ever compared as digests. */
  readonly key: readonly (string | Secret | undefined)[];
  /** Targets at work at once. */
  readonly concurrency: number;
  /** Least time between the starts of two tries. */
  readonly spacingMs?: number;
  /**
   * What the upstream counts the spacing by, where that is more than `key`: an address, whatever the credential. All limits with an equal
   * one keep it together; pauses, quota and concurrency are those of `key` alone. All limits with an equal `key` name the same.
   */
  readonly spacingKey?: Limit['key'];
  /** The upstream's page, or how it was measured. */
  readonly source: string;
}

/** What a run asks an instance for. */
export interface Asked {
  /** A window for each selected measurement that has a past. */
  readonly windows: Readonly<Record<string, Window>>;
  /** The selected measurements; absent: all. */
  readonly only?: readonly string[];
}

/** How one try of a call failed. */
export interface Failure {
  readonly error: unknown;
  /** There was no answer in time, and the try was ended; `error` says so, with the place and the time. The upstream may be at it still. */
  readonly isTimeout?: boolean;
  /** The last answer in this try, if one came; `body` is its text, up to 64 KiB. */
  readonly response?: { readonly status: number; readonly headers: Headers; readonly body: string } | undefined;
  /** Which try it was, from 1. */
  readonly number: number;
}

/** What a check of `kpi doctor` found. */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'error';
  readonly message: string;
  /** The line that mends it. */
  readonly mend?: string;
}

/** What an instance's targets share in one run. */
export interface Session<Target> {
  /** The targets for which this one stands, when only the upstream, a file or a query knows them; undefined when it is a plain one. */
  expand?(target: Target, context: ProviderContext): Promise<readonly Target[] | undefined>;
  /** The points of one target. A throw ends this target alone; what was yielded before stays. */
  collect(target: Target, context: ProviderContext): AsyncIterable<Point>;
  /** The IANA zone whose calendar the target's days are of, where a measurement's zone is `account`. */
  zone?(target: Target): string;
  close(): Promise<void>;
}

/** Code that knows one upstream service. */
export interface Provider<Settings, Target> {
  /** Folder, registry key and default instance name. */
  readonly name: string;
  /** One line for `kpi providers`. */
  readonly help: string;
  readonly settings: z.ZodType<Settings>;
  /** An entry of `providers` as a user would write it, with every setting and measurement in use: for docs, tests and the example. */
  readonly example: Readonly<Record<string, unknown>>;
  /** What `kpi init` asks; absent: it writes an entry without settings. */
  readonly setup?: Setup;
  /** Known before any request. */
  measurements(settings: Settings): readonly Measurement[];
  limits(settings: Settings): readonly Limit[];
  /** Pure. */
  targets(settings: Settings, asked: Asked): readonly Target[];
  /** Pure: the target with only these of its items; absent: all of it again. */
  narrow?(target: Target, items: readonly string[]): Target;
  /** The target's name in the report. */
  label(target: Target): string;
  /** Expected requests; default 1. */
  cost?(target: Target): number;
  /** Which of the limits the target holds; default the first. */
  limit?(target: Target): string;
  /** Pure: what this upstream's own errors mean. Asked before the common table; undefined leaves it to that. */
  judge?(failure: Failure): NextError | undefined;
  connect(settings: Settings, context: ProviderContext): Promise<Session<Target>>;
  check?(settings: Settings, context: ProviderContext): AsyncIterable<Finding>;
}

/** A provider whose types were checked and are no longer told. */
export type AnyProvider = Provider<unknown, unknown>;

/** Checks a provider's types and erases them for the registry. */
export function defineProvider<Settings, Target>(provider: Provider<Settings, Target>): AnyProvider {
  return provider as unknown as AnyProvider;
}
