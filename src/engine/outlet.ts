import { setImmediate as macrotask } from 'node:timers/promises';
import { messageOf, PermanentError, SplitError, TransientError } from '../sdk/errors.ts';
import type { Measurement } from '../sdk/measurement.ts';
import type { Entry } from '../sdk/point.ts';
import type { Problem, SinkReport } from '../sdk/report.ts';
import type { Capabilities, OpenSink, Rejection } from '../sdk/sink.ts';
import { createCanHold } from './can-hold.ts';
import { type Clock, within } from './clock.ts';
import { type Patience, usualPatience, waitBefore } from './patience.ts';
import { shortened } from './redact.ts';
import { aborted, signal } from './signal.ts';
import { inMemory, type Segment, type Spool } from './spool.ts';
import { createTally } from './tally.ts';
import { writeInTime } from './write-in-time.ts';

export interface OutletOptions {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly accepts: Capabilities;
  readonly runId: string;
  /** Whether the user wants a measurement here. */
  wants(measurement: string): boolean;
  measurement(name: string): Measurement;
  open(): Promise<OpenSink>;
  readonly spool: Spool;
  /** The run that has the right to drain the outbox, where it is another. */
  readonly drainedBy?: string;
  /** When it is aborted, what the sink has not taken is spooled, and nobody waits for room any more. */
  readonly until: AbortSignal;
  readonly clock: Clock;
  redact(text: string): string;
  record(problem: Problem): void;
  progress(delivered: number, offered: number): void;
  readonly patience?: Partial<Patience>;
}

/** The engine's end of one open sink. Offered = accepted + rejected + pending + lost. */
export interface Outlet {
  /** Resolves when there is room for more. Waits while the sink makes progress, spills to the outbox when it does not. */
  push(entries: readonly Entry[]): Promise<void>;
  /** Resolves when the sink or the outbox has all that was pushed before. False where something of the run was lost. */
  settled(): Promise<boolean>;
  /** Delivers what waits, or spools it. Nothing may be pushed after. */
  finish(): Promise<void>;
  /** Delivers the run's own points, outside all counts but the backlog, and closes the sink. */
  close(own: readonly Entry[], ownUntil: AbortSignal): Promise<void>;
  /** What became of the points; final after `close`. */
  report(): SinkReport;
}

export function createOutlet(options: OutletOptions): Outlet {
  const { accepts, clock, name, runId, spool, until } = options;
  const patience = { ...usualPatience, ...options.patience };
  const tally = createTally(options.redact, options.record);
  const capacity = accepts.batch.entries;
  const started = clock.elapsed();
  const counts = { offered: 0, accepted: 0, rejected: 0, pending: 0, lost: 0, skipped: 0, replayed: 0, replayRejected: 0, backlog: 0 };
  const over = new AbortController();
  const canHold = createCanHold(accepts, options.measurement, clock);

  let queue: Entry[] = [];
  let segments: Segment[] = [];
  let sink: OpenSink | undefined;
  let circuitOpen = false;
  let finishing = false;
  let due = false;
  let queued = 0;
  let flushes = 0;
  let ownTurn = false;
  let spilling: Promise<boolean> | undefined;
  let spooled = 0;
  let delivering = true;
  let lastProgress = clock.elapsed();
  let finishedAt: number | undefined;
  let callOffLinger: (() => void) | undefined;
  let wake = signal();
  let room = signal();

  until.addEventListener('abort', endInTime, { once: true });
  spool.onFailure((error) => tally.addError(error));
  const pumped = openAndPump()
    .catch(openCircuit)
    .finally(() => {
      delivering = false;
    });

  async function openAndPump(): Promise<void> {
    sink = await options.open();
    await pump();
  }

  async function push(given: readonly Entry[]): Promise<void> {
    const entries = given.filter(holds);
    if (entries.length === 0) return;
    counts.offered += entries.length;
    await spilling;
    if (circuitOpen || (await spool.behind())) {
      if (until.aborted && tally.errors === 0) tally.addError(late());
      const taken = await append([{ entries }]);
      wake.fire();
      if (taken) return;
      if (circuitOpen) return lose(entries);
    }
    if (queue.length === 0 && segments.length === 0) lastProgress = clock.elapsed();
    for (const entry of entries) queue.push(entry);
    queued += entries.length;
    if (queue.length >= capacity) wake.fire();
    else linger();
    // The circuit may have opened while the disk was asked.
    if (circuitOpen) await spill();
    await whileTaken(() => queue.length >= capacity * 2);
  }

  /** Waits as long as something is so and the sink makes progress; where it makes none, what waits is spilled. */
  async function whileTaken(isSo: () => boolean): Promise<void> {
    while (isSo() && !circuitOpen) {
      if (until.aborted) return endInTime();
      const left = lastProgress + patience.stuckMs - clock.elapsed();
      if (left <= 0 && (await spill())) return;
      // Where the disk takes nothing either, the write's own time limit decides.
      await within(clock, left > 0 ? left : patience.stuckMs, room.fired);
    }
  }

  async function settled(): Promise<boolean> {
    const before = queued;
    // What is in memory is the newest of what was queued, and leaves it in order.
    const isLeft = () => queued - queue.length - inMemory(segments) < before;
    flushes++;
    wake.fire();
    do {
      await spilling;
      await whileTaken(isLeft);
    } while (spilling);
    flushes--;
    return counts.lost === 0 && !isLeft();
  }

  function holds(entry: Entry): boolean {
    if (!options.wants(entry.point.measurement)) return false;
    if (canHold(entry)) return true;
    counts.skipped++;
    return false;
  }

  /** Takes batches to the sink, one at a time, the oldest first, until there are no more to come. */
  async function pump(): Promise<void> {
    while (!circuitOpen) {
      const waiting = await spool.next(capacity);
      // What the circuit caught here is in the outbox, or in the queue for the spill.
      if (circuitOpen) return;
      const next = waiting ?? fromQueue();
      if (next) {
        await deliverAll(next);
        // A store that answers at once would keep signals and timers from being heard.
        await macrotask();
        continue;
      }
      if (finishing && queue.length === 0) return;
      await wake.fired;
      wake = signal();
    }
  }

  function fromQueue(): Segment | undefined {
    if (queue.length === 0 || (queue.length < capacity && !due && !finishing && flushes === 0)) return undefined;
    due = false;
    const entries = queue.slice(0, capacity);
    queue = queue.slice(capacity);
    if (queue.length > 0 && queue.length < capacity) linger();
    lastProgress = clock.elapsed();
    return { entries };
  }

  async function deliverAll(segment: Segment): Promise<void> {
    segments = [segment];
    while (segments[0] && !circuitOpen) await deliver(segments[0]);
    makeRoom();
  }

  async function deliver(segment: Segment): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        const rejections = await writeInTime(sink as OpenSink, segment.entries, { clock, patience });
        const wrong = rejections.find(({ index }) => !(index in segment.entries));
        if (wrong) throw new TypeError(`the sink refused entry ${wrong.index} of ${segment.entries.length}`);
        // The circuit opened meanwhile: the entries are in the outbox, and this answer came too late to be relied on.
        if (!circuitOpen) await settle(segment, rejections);
        return;
      } catch (error) {
        if (circuitOpen) return;
        if (error instanceof SplitError) return await split(segment, error);
        const waitMs = error instanceof TransientError ? waitBefore(error, tries, patience) : undefined;
        if (waitMs === undefined) return openCircuit(error);
        await clock.sleep(waitMs, over.signal).catch(ignore);
        if (circuitOpen) return;
      }
    }
  }

  async function split(segment: Segment, error: SplitError): Promise<void> {
    const { entries } = segment;
    if (entries.length === 1) return await settle(segment, [{ index: 0, reason: messageOf(error) }]);
    // A spill may be giving ids to the whole segment right now; its halves must have them too.
    await spilling;
    const half = Math.ceil(entries.length / 2);
    const parts = [
      { entries: entries.slice(0, half), ids: segment.ids?.slice(0, half) },
      { entries: entries.slice(half), ids: segment.ids?.slice(half) },
    ];
    if (!circuitOpen) segments = [...parts, ...segments.slice(1)];
  }

  /** The store has answered: what it refused is kept with the reason, the rest is accepted. */
  async function settle(segment: Segment, rejections: readonly Rejection[]): Promise<void> {
    const refused = new Map(rejections.map((one) => [one.index, shortened(one.reason, options.redact)]));
    segments = segments.slice(1);
    lastProgress = clock.elapsed();
    let index = 0;
    for (const entry of segment.entries) {
      const reason = refused.get(index++);
      if (reason !== undefined) tally.add({ severity: 'error', kind: 'rejected', message: reason, item: itemOf(entry) });
      if (ownTurn && entry.runId === runId) continue;
      if (entry.runId !== runId) counts[reason === undefined ? 'replayed' : 'replayRejected']++;
      else counts[reason === undefined ? 'accepted' : 'rejected']++;
    }
    if (segment.ids || refused.size > 0 || spilling) await spool.settle(segment, refused);
    options.progress(counts.accepted, counts.offered);
  }

  /** From now on the sink gets nothing in this run: what it has not acknowledged waits in the outbox. */
  function openCircuit(error: unknown): void {
    if (circuitOpen) return;
    circuitOpen = true;
    over.abort();
    tally.addError(error);
    void spill();
    wake.fire();
  }

  /** Puts all that is not acknowledged into the outbox, the oldest first. False where the disk does not take it and the sink still may. */
  function spill(): Promise<boolean> {
    const before = spilling ?? Promise.resolve(true);
    const spill = before.then(spillNow).finally(() => {
      if (spilling === spill) spilling = undefined;
    });
    spilling = spill;
    return spill;
  }

  async function spillNow(): Promise<boolean> {
    const waiting = segments.filter((segment) => !segment.ids);
    const queued = queue.length > 0 ? [{ entries: queue }] : [];
    const all: Segment[] = [...waiting, ...queued];
    queue = [];
    const taken = await append(all);
    const left = all.filter((segment) => !segment.ids);
    if (!taken && circuitOpen) for (const { entries } of left) lose(entries);
    else if (!taken) queue = [...left.filter((segment) => !waiting.includes(segment)).flatMap((segment) => segment.entries), ...queue];
    if (circuitOpen) segments = [];
    makeRoom();
    return taken;
  }

  /** Puts segments into the outbox, in order; false when it does not take them all. */
  async function append(all: readonly Segment[]): Promise<boolean> {
    const taken = await spool.append(all);
    for (const { entries, ids } of all) if (ids) spooled += entries.filter(counted).length;
    return taken;
  }

  function lose(entries: readonly Entry[]): void {
    const lost = entries.filter(counted).length;
    if (lost > 0 && counts.lost === 0) tally.addError(spool.error);
    counts.lost += lost;
  }

  /** Entries of this run's providers are; its own points and those of earlier runs are not. */
  function counted(entry: Entry): boolean {
    return entry.runId === runId && !ownTurn;
  }

  function makeRoom(): void {
    room.fire();
    room = signal();
  }

  function linger(): void {
    callOffLinger ??= clock.timer(patience.lingerMs, () => {
      callOffLinger = undefined;
      due = true;
      wake.fire();
    });
  }

  /** The run is over: what is not delivered by now waits for the next one. It also ends a drain between two of its batches. */
  function endInTime(): void {
    if (!delivering && queue.length === 0) return;
    if (segments.length > 0 || queue.length > 0 || spool.waits || !sink) {
      openCircuit(late());
      return;
    }
    // All that came was delivered. What still comes is too late.
    circuitOpen = true;
    wake.fire();
  }

  async function finish(): Promise<void> {
    finishing = true;
    callOffLinger?.();
    wake.fire();
    await Promise.race([pumped, aborted(until)]);
    if (until.aborted) endInTime();
    await spilling;
    await spool.idle();
    await count();
    if (counts.backlog > 0 && !spool.drains && options.drainedBy !== undefined) {
      const message = `run ${options.drainedBy} delivers what is in the outbox, and what waits behind it: see kpi outbox list when that has ended`;
      tally.add({ severity: 'notice', kind: 'held', message });
    }
    finishedAt = clock.elapsed();
  }

  /** What the outbox says of this run at its end. */
  async function count(): Promise<void> {
    try {
      const inOutbox = await spool.counts(runId);
      const { pending } = await spool.counts();
      counts.backlog = pending;
      counts.pending = inOutbox.pending - inOutbox.delivered;
      // What this run left in the outbox and is no longer there, the run that has the right to drain it has delivered.
      const elsewhere = counts.offered - counts.accepted - counts.rejected - counts.pending - counts.lost;
      if (!spool.drains && elsewhere > 0 && elsewhere <= spooled) {
        const refused = Math.min(elsewhere, Math.max(0, inOutbox.rejected - counts.rejected));
        counts.rejected += refused;
        counts.accepted += elsewhere - refused;
      }
    } catch (error) {
      // What it took and did not give back must still be there.
      tally.addError(error);
      counts.pending = counts.offered - counts.accepted - counts.rejected - counts.lost;
      counts.backlog = counts.pending;
    }
  }

  async function close(own: readonly Entry[], ownUntil: AbortSignal): Promise<void> {
    ownTurn = true;
    const entries = own.filter((entry) => options.wants(entry.point.measurement) && canHold(entry));
    if (entries.length > 0) await Promise.race([deliverOwn(entries), aborted(ownUntil)]);
    if (segments.length > 0) openCircuit(new PermanentError('the run ended before its own points were delivered', { kind: 'timeout' }));
    over.abort();
    await spilling;
    await spool.counts().then(
      ({ pending }) => {
        counts.backlog = pending;
      },
      (error) => tally.addError(error),
    );
    const closed = (async () => await sink?.close())().catch((error) => tally.addError(error));
    await within(clock, until.aborted ? patience.closeMs / 8 : patience.closeMs, closed);
  }

  async function deliverOwn(entries: readonly Entry[]): Promise<void> {
    for (let from = 0; from < entries.length; from += capacity) {
      const segment = { entries: entries.slice(from, from + capacity) };
      if (circuitOpen || (await spool.behind())) await append([segment]);
      else await deliverAll(segment);
    }
  }

  function report(): SinkReport {
    return {
      name,
      type: options.type,
      required: options.required,
      status: counts.lost > 0 ? 'failed' : counts.backlog > 0 || counts.pending > 0 ? 'pending' : tally.errors > 0 ? 'partial' : 'ok',
      ...counts,
      ms: Math.round((finishedAt ?? clock.elapsed()) - started),
      problemCount: tally.count,
      problems: tally.problems,
    };
  }

  return { push, settled, finish, close, report };
}

function late(): PermanentError {
  return new PermanentError('the run ended before everything was delivered', { kind: 'timeout' });
}

function itemOf(entry: Entry): string {
  return `${entry.point.measurement} ${Object.values(entry.point.tags).join(' ')}`;
}

function ignore(): void {}
