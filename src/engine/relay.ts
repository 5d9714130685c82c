import { ConfigError, messageOf, PermanentError } from '../sdk/errors.ts';
import { within } from './clock.ts';
import type { Config, SinkInstance } from './config/config.ts';
import { createDoor } from './http.ts';
import { createLog, type LogFormat } from './log.ts';
import { sinkContext } from './outlets.ts';
import { type Patience, usualPatience } from './patience.ts';
import { shortened } from './redact.ts';
import { createHealth, listenForEnd, RelayEnded } from './relay-health.ts';
import { addressOf, type RelayHealth, serveHealth } from './relay-listen.ts';
import { createQueue } from './relay-queue.ts';
import { createRoute } from './relay-route.ts';
import { aborted } from './signal.ts';
import { declaredBy, type StoreParts } from './stores.ts';
import { UsageError } from './usage-error.ts';
import { exitCodes } from './verdict.ts';

export interface RelayFlags {
  /** The sink that entries are taken from. */
  readonly from: string;
  readonly untilEmpty?: boolean | undefined;
  /** `HOST:PORT` of `/healthz`. */
  readonly listen?: string | undefined;
  readonly verbose?: boolean | undefined;
  readonly logFormat?: LogFormat | undefined;
}

/** What a relay did, told at its end. */
export interface RelayReport {
  readonly exitCode: number;
  readonly from: string;
  readonly to: readonly string[];
  /** Points that every sink has taken, or that it cannot hold. */
  readonly delivered: number;
  /** Points that a sink refused for good, and messages that are none: they were put aside. */
  readonly rejected: number;
  /** Why it ended, where it did not because all was delivered. */
  readonly ended?: string;
}

/** Who follows the advice with such a config would be given it again, and again. */
const noTables =
  ' (with this config it makes no tables, since no provider is in it: run it with that of the collecting machine and this sink, or set "autoInit": true)';
/** How long the source may take to close. */
const closingMs = 1500;
/** Between two looks at a source that has nothing. */
const idleMs = 100;
/** How often something is tried that is down, where the relay is to end by itself. */
const triesUntilEmpty = 6;

/** `kpi relay`: takes entries from one store and writes them to others, until it is told to end or all is delivered. */
export async function relay(
  config: Config,
  flags: RelayFlags,
  parts: StoreParts,
  patience: Patience = usualPatience,
): Promise<RelayReport> {
  const { outside, redactor } = parts;
  const { clock } = outside;
  const from = sourceOf(config, flags.from);
  const targets = config.sinks.filter((one) => one.selected && one !== from);
  if (targets.length === 0) throw new ConfigError(`${config.file} names no sink besides ${from.name} to write to`);
  const onStdout = targets.find(({ sink, settings }) => sink.accepts(settings).stdout);
  if (onStdout) throw new UsageError(`the sink ${onStdout.name} writes to standard output, where the relay tells what it did`);
  const address = flags.listen === undefined ? undefined : addressOf(flags.listen);
  const log = createLog({
    write: (line) => outside.stderr.write(`${line}\n`),
    level: flags.verbose ? 'debug' : 'warn',
    format: flags.logFormat ?? 'text',
    redactor,
    clock,
  });
  const door = createDoor({ env: outside.env, userAgent: parts.userAgent, redactor });
  const end = listenForEnd(outside);
  const tries = flags.untilEmpty ? triesUntilEmpty : undefined;
  const plain = (why: string) => shortened(why, redactor.text);
  const ofSink = (why: string) => plain(why) + (config.providers.length === 0 && /kpi db init/.test(why) ? noTables : '');
  const health = (name: string, tell = ofSink) => createHealth({ name, clock, log: log.child(name), over: end.over, tries, tell });
  const around = { config, clock, log, door, env: outside.env, signal: end.late };
  const route = createRoute(targets, { ...around, end, health, patience });
  const queue = createQueue(() => from.sink.source?.(from.settings, sinkContext(from, { ...around, measurements: declaredBy(config) })), {
    clock,
    health: health(from.name, plain),
    end,
  });
  const counts = { delivered: 0, rejected: 0 };
  const stopListening = outside.onStrayRejection((reason) => log.warn('a stray failure', { why: messageOf(reason) }));
  const server = address && (await serveHealth(address, told));
  let ended: unknown;
  try {
    log.info('the relay begins', { from: from.name, to: targets.map(({ name }) => name).join(',') });
    await pass();
  } catch (error) {
    ended = error;
    if (!(error instanceof RelayEnded) && !(error instanceof PermanentError)) throw error;
  } finally {
    server?.close();
    await Promise.all([within(clock, closingMs, queue.close()), route.close()]);
    await door.close();
    stopListening();
    end.stop();
  }
  const to = targets.map(({ name }) => name);
  const why = ended === undefined ? undefined : redactor.text(messageOf(ended));
  return { exitCode: codeOf(), from: from.name, to, ...counts, ...(why !== undefined && { ended: why }) };

  /** One batch after another: the next is read while this one is written, and each is committed when all sinks have it. */
  async function pass(): Promise<void> {
    const over = aborted(end.over);
    while (!end.over.aborted) {
      const batch = await Promise.race([queue.read(), over]);
      if (!batch) {
        if (flags.untilEmpty && (await queue.lag()) === 0) return;
        await clock.sleep(idleMs, end.over).catch(() => {});
        continue;
      }
      const refused = await route.deliver(batch);
      const clean = refused.map(({ index, reason }) => ({ index, reason: shortened(reason, redactor.text) }));
      if (!(await queue.commit(batch, clean))) {
        log.info('the group gave this part to another reader', { entries: batch.entries.length });
        continue;
      }
      counts.delivered += batch.entries.length - clean.length;
      counts.rejected += clean.length + batch.unreadable.length;
      for (const where of batch.unreadable) log.warn('a message was put aside', { why: where });
      for (const { reason } of clean) log.warn('a point was put aside', { why: reason });
    }
  }

  async function told(): Promise<RelayHealth> {
    const down = Object.fromEntries([...route.down(), ...(queue.down === undefined ? [] : [[from.name, queue.down]])]);
    const lag = await queue.lagIfKnown();
    return { status: Object.keys(down).length === 0 ? 'ok' : 'waiting', ...(lag !== undefined && { lag }), ...counts, down };
  }

  function codeOf(): number {
    const signal = end.signal();
    if (signal) return exitCodes[signal];
    if (ended instanceof PermanentError) return exitCodes.failed;
    if (ended !== undefined) return exitCodes.pending;
    return counts.rejected > 0 ? exitCodes.partial : exitCodes.ok;
  }
}

function sourceOf({ sinks, file }: Config, name: string): SinkInstance {
  const found = sinks.find((one) => one.name === name);
  if (!found) throw new UsageError(`--from ${name}: ${file} has no such sink`);
  if (!found.sink.source) throw new UsageError(`--from ${name}: nothing can be taken from a ${found.type} again`);
  if (!found.selected) throw new UsageError(`--from ${name}: this sink is disabled`);
  return found;
}
