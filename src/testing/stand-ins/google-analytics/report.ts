import { z } from 'zod';
import { dateIn, type GaProperty, isDimension, metricText, typeOf, valuesOf } from './world.ts';

/** An error as Google answers it, over either transport. */
export class GoogleError extends Error {
  readonly status: keyof typeof httpStatuses;
  constructor(status: keyof typeof httpStatuses, message: string) {
    super(message);
    this.status = status;
  }
}

/** With the number that gRPC has for it. https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
export const httpStatuses = {
  INVALID_ARGUMENT: { http: 400, rpc: 3 },
  UNAUTHENTICATED: { http: 401, rpc: 16 },
  PERMISSION_DENIED: { http: 403, rpc: 7 },
  NOT_FOUND: { http: 404, rpc: 5 },
  RESOURCE_EXHAUSTED: { http: 429, rpc: 8 },
  INTERNAL: { http: 500, rpc: 13 },
  UNAVAILABLE: { http: 503, rpc: 14 },
} as const;

const named = z.strictObject({ name: z.string() });
const int64 = z.string().regex(/^\d+$/);
const stringFilter = z.strictObject({ matchType: z.int().min(1).max(6), value: z.string(), caseSensitive: z.boolean().default(false) });
const inListFilter = z.strictObject({ values: z.array(z.string()).min(1), caseSensitive: z.boolean().default(false) });
const filter = z.strictObject({ fieldName: z.string(), stringFilter: stringFilter.optional(), inListFilter: inListFilter.optional() });

interface Expression {
  readonly andGroup?: { readonly expressions: readonly Expression[] } | undefined;
  readonly notExpression?: Expression | undefined;
  readonly filter?: z.output<typeof filter> | undefined;
}
const expression: z.ZodType<Expression> = z.strictObject({
  get andGroup() {
    return z.strictObject({ expressions: z.array(expression) }).optional();
  },
  get notExpression() {
    return expression.optional();
  },
  filter: filter.optional(),
});

/**
 * What is taken of the API's request, in JSON with numbers for enums; anything else is not expected.
 * https://developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/runReport
 */
const ReportRequest = z.strictObject({
  property: z.string().optional(),
  dimensions: z.array(named).max(9).default([]),
  metrics: z.array(named).min(1).max(10),
  dateRanges: z
    .array(z.strictObject({ startDate: z.iso.date(), endDate: z.iso.date() }))
    .min(1)
    .max(1),
  dimensionFilter: expression.optional(),
  orderBys: z.array(z.strictObject({ dimension: z.strictObject({ dimensionName: z.string() }) })).default([]),
  offset: int64.default('0'),
  limit: int64.default('10000'),
  keepEmptyRows: z.boolean().default(false),
  returnPropertyQuota: z.boolean().default(false),
});
type ReportRequest = z.output<typeof ReportRequest>;

const BatchRequest = z.strictObject({ property: z.string().optional(), requests: z.array(z.unknown()).min(1) });

export interface BatchOptions {
  readonly now: Date;
  /** No page has more rows; default 250,000, as the API. */
  readonly pageRows?: number | undefined;
  /** Takes tokens, and tells what is left; throws where there are none. */
  take(property: GaProperty): object;
}

/** The answer to `batchRunReports`. What Google would not understand is a `GoogleError`, what is not documented any other. */
export function answerBatch(property: GaProperty, body: unknown, options: BatchOptions): { readonly reports: readonly object[] } {
  const { requests } = BatchRequest.parse(body);
  if (requests.length > 5) throw new GoogleError('INVALID_ARGUMENT', 'A batch request can have at most 5 requests.');
  const reports = requests.map((one) => answerReport(property, ReportRequest.parse(one), options));
  return Object.assign({ reports }, { kind: 'analyticsData#batchRunReports' });
}

function answerReport(property: GaProperty, request: ReportRequest, options: BatchOptions): object {
  const { timeZone = 'America/Los_Angeles', currencyCode = 'USD' } = property;
  const unknown = request.dimensions.find(({ name }) => !isDimension(name));
  if (unknown) throw new GoogleError('INVALID_ARGUMENT', `Field ${unknown.name} is not a valid dimension.`);
  const unmeasured = request.metrics.find(({ name }) => typeOf(name) === undefined);
  if (unmeasured) throw new GoogleError('INVALID_ARGUMENT', `Field ${unmeasured.name} is not a valid metric.`);
  const [range] = request.dateRanges;
  if (!range || range.startDate < '2015-08-14') throw new GoogleError('INVALID_ARGUMENT', 'The start date is too early.');
  if (range.endDate < range.startDate) throw new GoogleError('INVALID_ARGUMENT', 'The end date is before the start date.');
  const propertyQuota = options.take(property);
  const rows = rowsOf(property, request, dateIn(timeZone, options.now));
  const limit = Math.min(Number(request.limit), options.pageRows ?? 250_000);
  const offset = Number(request.offset);
  const page = rows.slice(offset, offset + limit);
  return {
    dimensionHeaders: request.dimensions,
    metricHeaders: request.metrics.map(({ name }) => ({ name, type: typeOf(name) })),
    // What is empty or 0 is not in proto3's JSON. https://protobuf.dev/programming-guides/json/
    ...(page.length > 0 && { rows: page }),
    ...(rows.length > 0 && { rowCount: rows.length }),
    metadata: { currencyCode, timeZone, ...property.metadata },
    ...(request.returnPropertyQuota && { propertyQuota }),
    kind: 'analyticsData#runReport',
  };
}

function rowsOf(property: GaProperty, request: ReportRequest, today: string): object[] {
  const { dimensions, metrics, dateRanges, keepEmptyRows, dimensionFilter } = request;
  const [range] = dateRanges;
  const rows: { keys: readonly string[]; row: object }[] = [];
  const others = dimensions.map(({ name }) => name).filter((name) => name !== 'date');
  for (let date = range?.startDate ?? ''; date <= (range?.endDate ?? '') && date <= today; date = nextDate(date)) {
    if (property.silent?.includes(date)) continue;
    if (property.zero?.includes(date) && !keepEmptyRows) continue;
    for (const values of combinations(others.map((name) => valuesOf(property, name)))) {
      const at = new Map([['date', date.replaceAll('-', '')], ...others.map((name, index) => [name, values[index] ?? ''] as const)]);
      if (!holds(dimensionFilter, (name) => at.get(name) ?? valuesOf(property, name)[0] ?? '')) continue;
      const keys = dimensions.map(({ name }) => at.get(name) ?? '');
      const metricValues = metrics.map(({ name }) => ({ value: metricText(property, date, values, name) }));
      rows.push({ keys, row: { dimensionValues: keys.map((value) => ({ value })), metricValues } });
    }
  }
  const order = request.orderBys.map(({ dimension }) => dimensions.findIndex(({ name }) => name === dimension.dimensionName));
  if (order.includes(-1)) throw new GoogleError('INVALID_ARGUMENT', 'A dimension to order by is not in the request.');
  rows.sort((one, other) => {
    for (const index of order) {
      const [a = '', b = ''] = [one.keys[index], other.keys[index]];
      if (a !== b) return a < b ? -1 : 1;
    }
    return 0;
  });
  return rows.map(({ row }) => row);
}

function nextDate(date: string): string {
  return new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
}

function combinations(lists: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return lists.reduce<readonly (readonly string[])[]>((all, list) => all.flatMap((one) => list.map((value) => [...one, value])), [[]]);
}

function holds(one: Expression | undefined, at: (dimension: string) => string): boolean {
  if (one === undefined) return true;
  if (one.andGroup) return one.andGroup.expressions.every((inner) => holds(inner, at));
  if (one.notExpression) return !holds(one.notExpression, at);
  const { fieldName = '', stringFilter: text, inListFilter: list } = one.filter ?? {};
  if (!isDimension(fieldName)) throw new GoogleError('INVALID_ARGUMENT', `Field ${fieldName} is not a valid dimension.`);
  const value = at(fieldName);
  if (list) return list.values.includes(value);
  if (text?.matchType === 1) return value === text.value;
  if (text?.matchType === 4) return value.includes(text.value);
  if (text?.matchType === 5) return new RegExp(`^(?:${text.value})$`).test(value);
  throw new Error('a filter that is not known here');
}
