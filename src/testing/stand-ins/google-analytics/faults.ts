import { bodyFault, type Fault, type FaultName, firstOfEach, type StandInRequest, transportFault } from '../../stand-in.ts';

/** The JSON of a report, as far as a fault changes it. */
interface ReportJson {
  readonly rows?: readonly RowJson[];
  readonly rowCount?: number;
}
interface RowJson {
  readonly dimensionValues: readonly { readonly value: string }[];
  readonly metricValues: readonly { readonly value: string }[];
}
interface BatchJson {
  readonly reports: readonly ReportJson[];
}

/** Changes every report of a batch. */
function reports(name: FaultName, change: (report: ReportJson, request: StandInRequest) => object): Fault {
  return bodyFault(name, (json: BatchJson, request) => ({ ...json, reports: json.reports.map((one) => change(one, request)) }));
}

/** Changes the first metric of the first row of every report: an integer. */
function firstValue(name: FaultName, change: (value: string) => unknown): Fault {
  return reports(name, (report) => {
    const [first, ...rest] = report.rows ?? [];
    if (!first) return report;
    const [value, ...others] = first.metricValues;
    return { ...report, rows: [{ ...first, metricValues: [{ value: change(value?.value ?? '') }, ...others] }, ...rest] };
  });
}

/** Any page but the first is the first again. */
function pageTwice(): Fault {
  const first = new Map<string, BatchJson>();
  return bodyFault('page-twice', (json: BatchJson, request) => {
    if (offsetOf(request) > 0) return first.get(request.path);
    first.set(request.path, json);
    return undefined;
  });
}

/** Every page is full of what was not there before, and says that there is more. */
function endlessPages(): Fault {
  const models = new Map<string, RowJson>();
  return reports('endless-pages', (report, request) => {
    const model = models.get(request.path) ?? report.rows?.[0];
    if (!model) return report;
    models.set(request.path, model);
    const offset = offsetOf(request);
    const rows = Array.from({ length: 10 }, (_, index) => ({
      ...model,
      dimensionValues: model.dimensionValues.map((one, place, all) =>
        place === all.length - 1 ? { value: `endless ${offset + index}` } : one,
      ),
    }));
    return { ...report, rows, rowCount: offset + 1000 };
  });
}

function offsetOf({ body }: StandInRequest): number {
  const { requests } = JSON.parse(body) as { readonly requests: readonly { readonly offset?: string }[] };
  return Math.max(...requests.map(({ offset = '0' }) => Number(offset)));
}

/** In Google's words. */
function google(name: FaultName, code: number, status: string, message: string, when?: Fault['when']): Fault {
  return { name, ...(when && { when }), act: (scene) => scene.send({ status: code, body: { error: { code, message, status } } }) };
}

/** What this upstream can do wrong. */
export const faults: Partial<Record<FaultName, Fault>> = {
  refuse: transportFault('refuse'),
  hang: transportFault('hang'),
  drip: transportFault('drip'),
  reset: transportFault('reset'),
  truncate: transportFault('truncate'),
  'html-200': transportFault('html-200'),
  'error-200': transportFault('error-200'),
  '202': transportFault('202'),
  '204': transportFault('204'),
  'redirect-loop': transportFault('redirect-loop'),
  '401': google('401', 401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'),
  '403-scope': google('403-scope', 403, 'PERMISSION_DENIED', 'User does not have sufficient permissions for this property.'),
  '403-html': transportFault('403-html'),
  '404': transportFault('404'),
  '413': transportFault('413'),
  '429-seconds': transportFault('429-seconds'),
  '429-date': transportFault('429-date'),
  '429-bare': google(
    '429-bare',
    429,
    'RESOURCE_EXHAUSTED',
    'Exhausted concurrent requests quota. Please send fewer requests concurrently.',
  ),
  '429-absurd': transportFault('429-absurd'),
  '500-then-well': google('500-then-well', 500, 'INTERNAL', 'An internal error has occurred.', firstOfEach()),
  '502-html': transportFault('502-html'),
  'page-twice': pageTwice(),
  'endless-pages': endlessPages(),
  'invalid-utf8': transportFault('invalid-utf8'),
  nan: firstValue('nan', () => 'NaN'),
  'unsafe-integer': firstValue('unsafe-integer', () => '9007199254740993'),
  negative: firstValue('negative', () => '-1'),
  /** Values are text already; a count of rows may be, as every number in proto3's JSON. */
  'number-as-string': reports('number-as-string', (report) => ({ ...report, rowCount: String(report.rowCount ?? 0) })),
  'missing-field': reports('missing-field', (report) => {
    const [first, ...rest] = report.rows ?? [];
    return first ? { ...report, rows: [{ ...first, metricValues: first.metricValues.slice(1) }, ...rest] } : report;
  }),
  'extra-field': reports('extra-field', (report) => ({ ...report, somethingNew: { deep: [1] } })),
  'falling-counter': firstValue('falling-counter', (value) => String(Math.floor(Number(value) / 2))),
  'redirect-other-origin': transportFault('redirect-other-origin'),
};

export const cannot: Partial<Record<FaultName, string>> = {
  '403-rate': 'A quota that is used up is answered with 429.',
  'cursor-repeats': 'Pages are numbered by `offset`; there is no cursor.',
};
