import { isNextError, messageOf, PermanentError, TransientError } from '../../sdk/errors.ts';
import type { Measurement } from '../../sdk/measurement.ts';
import type { Entry } from '../../sdk/point.ts';
import type { MeasurementChanges } from '../../sdk/report.ts';
import type { Capabilities, Store } from '../../sdk/sink.ts';
import { createCanHold } from '../can-hold.ts';
import { type Clock, within } from '../clock.ts';
import { usualPatience } from '../patience.ts';
import { aborted } from '../signal.ts';
import type { Tally } from '../tally.ts';
import { compareWith } from './ask.ts';
import { createBuffer, type OfMeasurement } from './buffer.ts';
import { createFound, type Found } from './found.ts';

export interface ComparisonOptions {
  /** The store's name in the config. */
  readonly name: string;
  readonly accepts: Capabilities;
  /** Whether the user wants a measurement there. */
  wants(measurement: string): boolean;
  measurement(name: string): Measurement;
  ask(): Promise<Store>;
  /** When it is aborted, what is not compared by then stays so. */
  readonly until: AbortSignal;
  readonly clock: Clock;
  readonly tally: Pick<Tally, 'add'>;
  redact(text: string): string;
  /** So many entries at most wait to be compared together; default 20,000. */
  readonly most?: number;
}

/** What a run would do to the store, which is asked and never written. Takes entries where an outlet would. */
export interface Comparison {
  /** Resolves when there is room for more. Never rejects. */
  take(entries: readonly Entry[]): Promise<void>;
  /** Compares what waits, and lets go of the store. Nothing may be taken after. */
  finish(): Promise<void>;
  /** Not everything that was taken could be compared. */
  readonly failed: boolean;
  /** Something would be added or changed. */
  readonly found: boolean;
  changes(): readonly MeasurementChanges[];
}

/**
 * Compares by the thousand: a batch of each measurement waits in memory, and with it what the store has of its series and times. An identity
 * that comes again in another batch counts again.
 */
export function createComparison(options: ComparisonOptions): Comparison {
  const { accepts, clock, name, until, most = 20_000 } = options;
  const canHold = createCanHold(accepts, options.measurement, clock);
  const buffer = createBuffer();
  const founds = new Map<string, Found>();
  const over = aborted(until);
  let asked: Promise<Store> | undefined;
  let working: Promise<void> | undefined;
  let failure: unknown;
  let taken = 0;
  let compared = 0;

  async function take(entries: readonly Entry[]): Promise<void> {
    // While the store is asked nobody adds: what waits stays within its bounds.
    await free();
    for (const entry of entries) {
      if (!options.wants(entry.point.measurement) || !canHold(entry)) continue;
      taken++;
      if (failure === undefined && !until.aborted) buffer.add(held(entry));
    }
    if (buffer.size >= most) await compare();
  }

  /** Resolves when the store is not being asked, or the run is over. */
  async function free(): Promise<void> {
    while (working && !until.aborted) await Promise.race([working, over]);
  }

  /** The entry as the store would hold it: without the fields of kinds that it does not take. */
  function held(entry: Entry): Entry {
    const { point } = entry;
    const { fields: declared } = options.measurement(point.measurement);
    const isHeld = (field: string) => {
      const kind = declared[field]?.kind;
      return kind !== undefined && accepts.kinds.includes(kind);
    };
    if (Object.keys(point.fields).every(isHeld)) return entry;
    const fields = Object.fromEntries(Object.entries(point.fields).filter(([field]) => isHeld(field)));
    return { ...entry, point: { ...point, fields } };
  }

  async function compare(): Promise<void> {
    working = compareAll(buffer.take())
      .catch((error) => {
        failure ??= until.aborted ? late() : error;
      })
      .finally(() => {
        working = undefined;
      });
    await free();
  }

  async function compareAll(all: ReadonlyMap<string, OfMeasurement>): Promise<void> {
    for (const [measurement, entries] of all) {
      const part = await again(async () => {
        asked ??= options.ask();
        return await compareWith(await asked, entries, {
          measurement: options.measurement(measurement),
          rerun: accepts.rerun,
          signal: until,
          redact: options.redact,
        });
      });
      const found = founds.get(measurement) ?? createFound(measurement, options.redact);
      found.join(part);
      founds.set(measurement, found);
      compared += entries.size;
    }
  }

  /** As patient as an outlet is. What failed half-way has counted nothing yet. */
  async function again<T>(work: () => Promise<T>): Promise<T> {
    for (const waitMs of usualPatience.retryMs) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof TransientError) || until.aborted) throw error;
        await letGo();
        await clock.sleep(Math.max(waitMs, Math.min(error.retryAfterMs ?? 0, usualPatience.longestWaitMs)), until);
      }
    }
    return await work();
  }

  async function letGo(): Promise<void> {
    const store = await asked?.catch(() => undefined);
    asked = undefined;
    await store?.close().catch(() => undefined);
  }

  async function finish(): Promise<void> {
    await free();
    if (buffer.size > 0 && failure === undefined && !until.aborted) await compare();
    await within(clock, until.aborted ? usualPatience.closeMs / 8 : usualPatience.closeMs, letGo());
    if (compared === taken && failure === undefined) return;
    failure ??= late();
    const message = `${taken - compared} of ${taken} points were not compared with the store ${name}: ${messageOf(failure)}`;
    options.tally.add({ severity: 'error', kind: isNextError(failure) ? failure.kind : 'defect', message });
  }

  return {
    take,
    finish,
    get failed() {
      return failure !== undefined;
    },
    get found() {
      return [...founds.values()].some((found) => found.changes().added + found.changes().changed > 0);
    },
    changes: () =>
      [...founds.values()].map((found) => found.changes()).sort((one, other) => (one.measurement < other.measurement ? -1 : 1)),
  };
}

/** What it means for the exit code. */
export function comparisonOutcome(
  comparison: Comparison | undefined,
  { exitOnChange }: { readonly exitOnChange?: boolean | undefined },
): 'failed' | 'changed' | undefined {
  if (comparison?.failed) return 'failed';
  return exitOnChange && comparison?.found ? 'changed' : undefined;
}

function late(): PermanentError {
  return new PermanentError('the run ended before', { kind: 'timeout' });
}
