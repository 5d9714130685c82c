import { messageOf, PermanentError, type Point, type ProviderContext, SplitError } from '../../sdk/index.ts';
import type { Connection } from './connection.ts';
import { type Cuts, createCuts } from './cuts.ts';
import { measurementOf } from './measurements.ts';
import { isSum } from './metrics.ts';
import { noticesOf } from './notices.ts';
import type { PropertyQuotas } from './quota.ts';
import { type Dates, mostInBatch, pageRows, requestOf } from './request.ts';
import { mismatch, type OddRatios, readRows, restrictedMetrics, type Shape } from './rows.ts';
import { Report } from './schema.ts';
import type { ReportSettings } from './settings.ts';

/** Pages of one report, after which it is taken for one that never ends: a million rows. */
const mostPages = 100;

/** What the reports of one property share. */
export interface PropertySession {
  readonly connection: Connection;
  readonly quotas: PropertyQuotas;
  /** Told of the zone whose days the property counts. */
  zone(zone: string): void;
}

/** A report on its way through its pages. */
interface Task extends Shape {
  offset: number;
  pages: number;
  bad: number;
  dayless: number;
  cutRows: number;
  readonly cuts: Cuts;
  why: string | undefined;
  odd: OddRatios;
  /** Of the pages that came: the first row of each. */
  readonly starts: Set<string>;
  readonly told: Set<string>;
}

/** An answer to a task's request, or why there is none. */
type Answered = readonly [Task, { readonly report: Report } | { readonly error: unknown }];

/** The points of a property's reports: five reports a request, page by page, until all have ended. */
export async function* collectProperty(
  property: string,
  asked: readonly { readonly report: ReportSettings; readonly dates: Dates }[],
  session: PropertySession,
  context: ProviderContext,
): AsyncGenerator<Point> {
  const open: Task[] = asked.map(({ report, dates }) => taskOf(property, report, dates));
  while (open.length > 0) {
    const batch = open.splice(0, mostInBatch);
    for await (const [task, answer] of ask(property, batch, session, context)) {
      if ('error' in answer) {
        context.problem(task.report.name, answer.error);
        continue;
      }
      const { report } = answer;
      session.zone(zoneOf(report, task, context));
      tell(report, task, context);
      const reading = readRows(report, task);
      task.bad += reading.bad;
      task.dayless += reading.dayless;
      task.cutRows += reading.cutRows;
      for (const point of reading.cut) task.cuts.add(point);
      task.why ??= reading.why;
      task.odd = together(task.odd, reading.odd);
      yield* reading.points;
      if (advance(report, task, context)) {
        open.push(task);
        continue;
      }
      yield* task.cuts.points;
      end(task, context);
    }
  }
}

function taskOf(property: string, report: ReportSettings, dates: Dates): Task {
  const measurement = measurementOf(report);
  return {
    property,
    report,
    dates,
    measurement,
    offset: 0,
    pages: 0,
    bad: 0,
    dayless: 0,
    cutRows: 0,
    cuts: createCuts(),
    why: undefined,
    odd: new Map(),
    starts: new Set(),
    told: new Set(),
  };
}

/** The answers to one request of several reports. One that is refused takes its batch with it: then each is asked for by itself. */
async function* ask(
  property: string,
  batch: readonly Task[],
  session: PropertySession,
  context: ProviderContext,
): AsyncGenerator<Answered> {
  const { connection, quotas } = session;
  const requests = batch.map(({ report, dates, offset }) => requestOf(report, dates, { offset, limit: pageRows }));
  const names = batch.map(({ report }) => report.name).join(', ');
  quotas.check(batch.length);
  let failure: unknown;
  try {
    const answers = await connection.run(context, property, requests, `${names} of property ${property}`);
    const read = batch.map((task, index): Answered => [task, read1(answers[index], task)]);
    for (const [, answer] of read) if ('report' in answer) quotas.note(answer.report.propertyQuota);
    const reading = quotas.reading(context.now());
    if (reading) context.quota(reading);
    return yield* read;
  } catch (error) {
    context.signal.throwIfAborted();
    const isOnes = error instanceof SplitError || (error instanceof PermanentError && error.kind === 'config');
    if (!isOnes) throw error;
    failure = error;
  }
  const [only] = batch;
  if (batch.length === 1 && only) return yield [only, { error: failure }];
  for (const task of batch) yield* ask(property, [task], session, context);
}

function read1(answer: unknown, task: Task): Answered[1] {
  const read = Report.safeParse(answer);
  const [issue] = read.error?.issues ?? [];
  const why = read.success ? mismatch(read.data, task, task.offset) : `${issue?.path.join('.')}: ${issue?.message}`;
  if (read.success && why === undefined) return { report: read.data };
  return { error: new PermanentError(`Google Analytics answered with a report that is not well-formed: ${why}`) };
}

/** Where the day ends last: nothing is called final too early. */
const latestZone = 'Etc/GMT+12';

function zoneOf({ metadata }: Report, task: Task, context: ProviderContext): string {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: metadata?.timeZone ?? '' }).resolvedOptions().timeZone;
  } catch (error) {
    // The numbers are those of the dates all the same.
    if (!task.told.has(latestZone)) context.notice(task.report.name, `the property's time zone is not known here: ${messageOf(error)}`);
    task.told.add(latestZone);
    return latestZone;
  }
}

/** What the report says of itself, each once. */
function tell(answer: Report, task: Task, context: ProviderContext): void {
  const { report, measurement, told } = task;
  const notices = [...noticesOf(answer.metadata)];
  const money = report.metrics.filter((_, index) => answer.metricHeaders[index]?.type === 'TYPE_CURRENCY');
  if (money.length > 0 && measurement.fields.currency === undefined) {
    notices.push(`${money.map(({ name }) => name).join(', ')}: in ${answer.metadata?.currencyCode ?? 'a currency that is not told'}`);
  }
  for (const notice of notices) {
    if (told.has(notice)) continue;
    told.add(notice);
    context.notice(report.name, notice);
  }
  const restricted = report.metrics.map(({ name }) => name).filter((name) => restrictedMetrics(answer).has(name));
  const message = `the credentials may not see ${restricted.join(', ')}, which is left out: lift the data restriction of their role on the property`;
  if (restricted.length === 0 || told.has(message)) return;
  told.add(message);
  context.problem(report.name, new PermanentError(message, { kind: 'forbidden' }));
}

/** Goes on to the next page. False at the end; what is wrong with the pages is then a problem. */
function advance({ rows, rowCount }: Report, task: Task, context: ProviderContext): boolean {
  const start = JSON.stringify(rows[0] ?? null);
  const isAgain = rows.length > 0 && task.starts.has(start);
  task.starts.add(start);
  const before = task.offset;
  task.offset += rows.length;
  task.pages += 1;
  if (!isAgain && task.offset >= rowCount) return false;
  const rest = `${Math.max(0, rowCount - before - (isAgain ? 0 : rows.length))} of ${rowCount} rows are missing`;
  const wrong = isAgain
    ? `a page came twice: ${rest}`
    : rows.length === 0
      ? `a page came empty: ${rest}`
      : task.pages >= mostPages
        ? `more than ${mostPages} pages are not read: ${rest}`
        : undefined;
  if (wrong === undefined) return true;
  context.problem(task.report.name, new PermanentError(wrong, { kind: 'incomplete' }));
  return false;
}

/** Of all pages so far. */
function together(some: OddRatios, more: OddRatios): OddRatios {
  const all = new Map(some);
  for (const [name, { rows, first }] of more) all.set(name, { first, ...all.get(name), rows: rows + (all.get(name)?.rows ?? 0) });
  return all;
}

function end({ report, bad, dayless, cutRows, cuts, why, odd }: Task, context: ProviderContext): void {
  if (bad > 0) {
    const message = `${bad} ${bad === 1 ? 'row is' : 'rows are'} not well-formed, and left out: ${why}`;
    context.problem(report.name, new PermanentError(message, { kind: 'invalid-answer' }));
  }
  for (const [name, { rows, first }] of odd) {
    const where = rows === 1 ? `1 row (it is ${first})` : `${rows} rows (in the first it is ${first})`;
    const message = `${name} is no ratio from 0 to 1 in ${where}, and left out there`;
    context.problem(report.name, new PermanentError(message, { kind: 'invalid-answer' }));
  }
  if (dayless > 0) context.notice(report.name, `${dayless} ${dayless === 1 ? 'row names' : 'rows name'} no day, and can be no point`);
  if (cutRows > 0) {
    const others = report.metrics.map(({ name }) => name).filter((name) => !isSum(name));
    const absent = others.length === 0 ? '' : `, without ${others.join(', ')}, which cannot be added up`;
    const rows = cutRows === 1 ? '1 row has an address' : `${cutRows} rows have addresses`;
    context.notice(report.name, `${rows} with a user or a query, which are no tag: those that are alike without it are one point${absent}`);
  }
  if (cuts.left > 0) {
    const message = `${cuts.left} of the rows whose addresses have a user or a query are left out, as there are too many: ask for another dimension`;
    context.problem(report.name, new PermanentError(message, { kind: 'too-large' }));
  }
}
