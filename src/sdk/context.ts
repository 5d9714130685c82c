import type { z } from 'zod';
import type { Measurement } from './measurement.ts';
import type { Secret } from './secret.ts';

/** A static message, and the facts beside it. Every line passes the redactor. */
export interface Log {
  debug(message: string, facts?: Readonly<Record<string, unknown>>): void;
  info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** What every integration finds: its name, the clock, the signal, the log, the door to the network. */
export interface Context {
  /** The instance's name: its key in the config. */
  readonly instance: string;
  /** Aborted when the run is out of time or was interrupted. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** The clock of the run, UTC. */
  now(): Date;
  /** Milliseconds from a fixed moment; only differences mean something. */
  elapsed(): number;
  /** An absolute path for one that is relative to the config file. */
  resolve(path: string): string;
}

/** One try of a call. */
export interface Try {
  /** From 1. */
  readonly number: number;
  /** Aborted at the try's timeout, and with the run. */
  readonly signal: AbortSignal;
  /**
   * `fetch` for this try: counted, bounded in size, redirected within its origin only, through the proxy of the environment. It
   * answers whatever the upstream answers; the engine remembers status, headers and body for `judge` and the common table, so that a
   * client which hides them (or throws its own error) is judged by them all the same.
   */
  readonly fetch: typeof globalThis.fetch;
}

export interface AttemptOptions {
  /** Of one try, answer read. Default 30 s. */
  readonly timeoutMs?: number;
  /** What is asked for, for messages: `page 2 of petabridge`. */
  readonly what?: string;
}

export interface RequestOptions extends AttemptOptions {
  readonly method?: string;
  /** Header values that are secrets go to the first origin only. */
  readonly headers?: Readonly<Record<string, string | Secret>>;
  readonly body?: string;
  /** Statuses that are an answer besides 2xx (202 and 204 are none for `json`). */
  readonly accept?: readonly number[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly url: string;
}

export interface Http {
  /** The body as JSON, checked by `schema`: what it does not fit is an invalid answer. */
  json<Schema extends z.ZodType>(schema: Schema, url: string | URL, options?: RequestOptions): Promise<z.output<Schema>>;
  text(url: string | URL, options?: RequestOptions): Promise<Answer & { readonly body: string }>;
  /** The body in chunks, up to the cap. Only getting the answer is retried; a break inside the body is the caller's `TransientError`. */
  stream(url: string | URL, options?: RequestOptions): Promise<Answer & { readonly body: AsyncIterable<Uint8Array> }>;
}

/** What is left of what we may ask of an upstream. */
export interface Quota {
  readonly remaining: number;
  readonly limit?: number | undefined;
  readonly resetAt?: Date | undefined;
}

export interface ProviderContext extends Context {
  /** The time that the run stands for: every snapshot's time. */
  readonly at: Date;
  /**
   * Calls the upstream: waits for the limit's spacing, pauses and quota, bounds each try in time, asks `judge` and then the common
   * table what a failure means, and tries again where that may help. Rejects with a `PermanentError`, `BlockedError` or `SplitError`,
   * or with the last `TransientError` when the tries are spent.
   */
  attempt<T>(call: (one: Try) => Promise<T>, options?: AttemptOptions): Promise<T>;
  /** HTTP on `attempt`. Bodies are at most 64 MiB. */
  readonly http: Http;
  /** `fetch` on `attempt`, for clients that take one and call it on their own. A refusal for good comes back as the response it is. */
  readonly fetch: typeof globalThis.fetch;
  /**
   * Host and port of the proxy of the environment that requests to `url` go through; undefined where they go directly. For a client with
   * connections of its own, which knows nothing of it.
   */
  proxyOf(url: string | URL): string | undefined;
  /** What the upstream says is left: shared by all that hold the same limit. At 0, calls wait for `resetAt`. */
  quota(reading: Quota): void;
  /** One bad item: reported, makes the run partial; the rest goes on. */
  problem(item: string, error: unknown): void;
  /** Reported; never worsens the exit code. */
  notice(item: string, message: string): void;
  /**
   * Tells what is called `name` now (the tag of its points) by an `id` that the upstream never changes. Where it was called otherwise
   * in an earlier run, a new series begins, and the report has a notice of it.
   */
  identify(id: string, name: string): void;
}

export interface SinkContext extends Context {
  /** The declaration of a measurement whose entries this sink is given. Throws on any other: a defect. */
  measurement(name: string): Measurement;
  /** All declarations that this sink may be given entries of in this run, as the providers make them. */
  readonly measurements: readonly Measurement[];
  /** The names of the config's tags: points may carry them besides the declared ones, and they are identity. */
  readonly tags: readonly string[];
  /** A single try over the network, through the proxy of the environment. Retry is the outlet's. */
  readonly fetch: typeof globalThis.fetch;
  /** Whether what is missing in the store may be made on the way. */
  readonly autoInit: boolean;
  /**
   * What any program needs of the environment (`PATH`, `HOME`, the locale, the time zone, the folder of temporary files), and nothing
   * else of it: for a program that a sink starts.
   */
  readonly programEnv: Readonly<Record<string, string>>;
  /** For `check` and `status`: whether there is this folder, or will be when a run opens the sink, which makes that of kpi's own memory. */
  hasFolder(path: string): boolean;
}
