import { type Fault, type StandIn, type StandInAnswer, type StandInRequest, startStandIn } from '../../stand-in.ts';
import { type Dialect, type ParsedLine, parseLine, splitLines } from './line-protocol.ts';

export interface InfluxOptions {
  readonly server: Dialect;
  /** What a request must carry; absent: none is asked for. */
  readonly token?: string;
  /** What is there from the start. */
  readonly org?: string;
  readonly bucket?: string;
  /** InfluxDB 2 before its first user. */
  readonly setupAllowed?: boolean;
  /** How long a bucket that is there from the start keeps entries; 0: for ever. */
  readonly retentionSeconds?: number;
  /** In words, why a line is refused for good; undefined: it is taken. */
  refuses?(line: ParsedLine): string | undefined;
  /** InfluxDB 3: whether it names the lines that it refuses. Default true. */
  readonly namesLines?: boolean;
  /** Bodies past this are answered 413. */
  readonly longestBody?: number;
  /** Whether it drops what it takes, as a bucket does whose retention is shorter than the way there. */
  readonly swallows?: boolean;
  /** InfluxDB 2: whether this token may read. Default true. */
  readonly reads?: boolean;
  /** InfluxDB 2: whether this token may delete. Default true. */
  readonly deletes?: boolean;
  /** Whether this token may list and make databases, organisations and buckets. Default true. */
  readonly manages?: boolean;
}

interface InfluxRow {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, number | boolean | string>>;
  readonly time: Date;
}

export interface InfluxStandIn extends StandIn {
  /** What is stored: one row for each identity (InfluxDB), or each line as it came (VictoriaMetrics). */
  rows(): readonly InfluxRow[];
  /** Lines that VictoriaMetrics dropped without a word. */
  readonly dropped: readonly string[];
  readonly buckets: ReadonlySet<string>;
  /** It stores the first half of the lines it is sent, and drops the connection. */
  readonly halfTaken: Fault;
}

/**
 * Starts a server that takes line protocol at `/api/v2/write`, with what `kpi db init` asks of it.
 * https://docs.influxdata.com/influxdb/v2/write-data/troubleshoot/ https://docs.influxdata.com/influxdb3/core/write-data/troubleshoot/
 */
export async function startInflux(options: InfluxOptions): Promise<InfluxStandIn> {
  const { server } = options;
  const orgs = new Set(options.org === undefined ? [] : [options.org]);
  const buckets = new Set(options.bucket === undefined ? [] : [options.bucket]);
  const retention = new Map(options.bucket === undefined ? [] : [[options.bucket, options.retentionSeconds ?? 0]]);
  const rows = new Map<string, InfluxRow>();
  const types = new Map<string, string>();
  const dropped: string[] = [];

  function answer(request: StandInRequest): StandInAnswer {
    const route = `${request.method} ${request.path}`;
    if (route === 'GET /health') return server === 'influxdb2' ? { body: { name: 'influxdb', status: 'pass' } } : { body: 'OK' };
    if (route === 'GET /api/v2/setup' && server === 'influxdb2') return { body: { allowed: options.setupAllowed === true } };
    const scheme = server === 'influxdb2' ? 'Token' : 'Bearer';
    if (options.token !== undefined && request.headers.authorization !== `${scheme} ${options.token}`) {
      return { status: 401, body: { code: 'unauthorized', message: 'unauthorized access' } };
    }
    if (route === 'POST /api/v2/write') return write(request);
    if (route === 'POST /api/v2/query' && server === 'influxdb2') return query(request);
    if (route === 'POST /api/v2/delete' && server === 'influxdb2') return remove(request);
    if (options.manages === false) return { status: 403, body: { code: 'forbidden', message: 'insufficient permissions' } };
    return server === 'influxdb3' ? databases(request, route) : server === 'influxdb2' ? management(request, route) : unknown(request);
  }

  function write({ query, body }: StandInRequest): StandInAnswer {
    if (query.get('precision') !== 'ms') throw new Error('the precision is not ms');
    if (options.longestBody !== undefined && Buffer.byteLength(body) > options.longestBody) {
      return { status: 413, body: { code: 'request too large', message: 'cannot read data: request too large' } };
    }
    if (server === 'influxdb2' && !orgs.has(query.get('org') ?? '')) return notFound('organization name', query.get('org'));
    if (server === 'influxdb2' && !buckets.has(query.get('bucket') ?? '')) return notFound('bucket', query.get('bucket'));
    // It makes the database with the first write.
    if (server === 'influxdb3') buckets.add(query.get('bucket') ?? '');
    const refused: { readonly place: number; readonly line: string; readonly why: string; readonly parsed: boolean }[] = [];
    const taken: ParsedLine[] = [];
    for (const [place, line] of splitLines(body, server).entries()) {
      const read = readLine(line);
      if (typeof read === 'string') refused.push({ place, line, why: read, parsed: false });
      else {
        const why = options.refuses?.(read) ?? conflictOf(read);
        if (why === undefined) taken.push(read);
        else refused.push({ place, line, why, parsed: true });
      }
    }
    const [broken] = refused.filter((one) => !one.parsed);
    // A line that cannot be read costs InfluxDB 2 the whole request.
    if (server === 'influxdb2' && broken) return { status: 400, body: { code: 'invalid', message: broken.why } };
    if (!options.swallows) for (const line of taken) store(line);
    if (refused.length === 0) return { status: 204 };
    const [first] = refused;
    if (server === 'influxdb2') {
      const message = `failure writing points to database: partial write: ${first?.why} dropped=${refused.length}`;
      return { status: 422, body: { code: 'unprocessable entity', message } };
    }
    if (server === 'victoriametrics') {
      dropped.push(...refused.map(({ line }) => line));
      return { status: 204 };
    }
    if (options.namesLines === false)
      return { status: 400, body: { code: 'invalid', message: `partial write has occurred: ${first?.why}` } };
    const data = refused.slice(0, 100).map(({ place, line, why }) => ({ original_line: line, line_number: place + 1, error_message: why }));
    return { status: 400, body: { error: 'partial write of line protocol occurred', data } };
  }

  /** Of Flux it knows one question: the rows of a measurement with a tag. https://docs.influxdata.com/influxdb/v2/api/query-data/ */
  function query({ query: parameters, body }: StandInRequest): StandInAnswer {
    const { query: flux = '' } = JSON.parse(body) as { readonly query?: string };
    const asked =
      /^from\(bucket: "([^"]+)"\) \|> range\(start: \S+, stop: \S+\) \|> filter\(fn: \(r\) => r\._measurement == "(\w+)" and r\.(\w+) == "(\w+)"\)$/.exec(
        flux,
      );
    if (!asked) throw new Error(`this Flux is not known: ${flux}`);
    const [, bucket = '', measurement, tag = '', value] = asked;
    if (!orgs.has(parameters.get('org') ?? '')) return notFound('organization name', parameters.get('org'));
    if (options.reads === false || !buckets.has(bucket)) {
      return { status: 404, body: { code: 'not found', message: `failed to initialize execute state: could not find bucket "${bucket}"` } };
    }
    const found = [...rows.values()].filter((row) => row.measurement === measurement && row.tags[tag] === value);
    const lines = found.map((row) => `,_result,0,${row.time.toISOString()},${row.fields.value},value,${row.measurement},${value}`);
    const head = `,result,table,_time,_value,_field,_measurement,${tag}`;
    return {
      headers: { 'content-type': 'text/csv; charset=utf-8' },
      body: found.length === 0 ? '\r\n' : `${[head, ...lines].join('\r\n')}\r\n\r\n`,
    };
  }

  /** https://docs.influxdata.com/influxdb/v2/reference/syntax/delete-predicate/ */
  function remove({ query: parameters, body }: StandInRequest): StandInAnswer {
    if (options.deletes === false) return { status: 403, body: { code: 'forbidden', message: 'insufficient permissions to delete' } };
    if (!buckets.has(parameters.get('bucket') ?? '')) return notFound('bucket', parameters.get('bucket'));
    const { start, stop, predicate } = JSON.parse(body) as Readonly<Record<string, string>>;
    const [, measurement, tag = '', value] = /^_measurement="(\w+)" AND (\w+)="(\w+)"$/.exec(predicate ?? '') ?? [];
    if (measurement === undefined) throw new Error(`this predicate is not known: ${predicate}`);
    for (const [key, row] of rows) {
      const isIn = row.time >= new Date(start ?? '') && row.time < new Date(stop ?? '');
      if (isIn && row.measurement === measurement && row.tags[tag] === value) rows.delete(key);
    }
    return { status: 204 };
  }

  function readLine(line: string): ParsedLine | string {
    try {
      return parseLine(line, server);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** The type that a field was first written with is the one it keeps. */
  function conflictOf({ measurement, fields }: ParsedLine): string | undefined {
    for (const [name, value] of Object.entries(fields)) {
      const known = types.get(`${measurement} ${name}`);
      if (known === undefined || known === typeof value || server === 'victoriametrics') continue;
      return `field type conflict: input field "${name}" on measurement "${measurement}" is type ${typeof value}, already exists as type ${known}`;
    }
    return undefined;
  }

  function store({ measurement, tags, fields, time = 0 }: ParsedLine): void {
    for (const [name, value] of Object.entries(fields)) types.set(`${measurement} ${name}`, typeof value);
    const series = JSON.stringify([measurement, Object.entries(tags).sort(), time]);
    const key = server === 'victoriametrics' ? String(rows.size) : series;
    rows.set(key, { measurement, tags, fields: { ...rows.get(key)?.fields, ...fields }, time: new Date(time) });
  }

  function management({ query, body }: StandInRequest, route: string): StandInAnswer {
    switch (route) {
      case 'GET /api/v2/orgs':
        return orgs.has(query.get('org') ?? '')
          ? { body: { orgs: [{ id: idOf(query.get('org') ?? ''), name: query.get('org') }] } }
          : notFound('organization name', query.get('org'));
      case 'POST /api/v2/orgs':
        return made(orgs, JSON.parse(body).name, 'organization');
      case 'GET /api/v2/buckets': {
        const name = query.get('name') ?? '';
        if (!orgs.has(query.get('org') ?? '')) return notFound('organization name', query.get('org'));
        const everySeconds = retention.get(name) ?? 0;
        return buckets.has(name)
          ? { body: { buckets: [{ id: idOf(name), name, retentionRules: everySeconds > 0 ? [{ type: 'expire', everySeconds }] : [] }] } }
          : { body: { buckets: [] } };
      }
      case 'POST /api/v2/buckets': {
        const { name, orgID, retentionRules } = JSON.parse(body);
        if (![...orgs].some((org) => idOf(org) === orgID)) throw new Error('no such organisation');
        // Without a rule it would keep 30 days.
        retention.set(name, retentionRules?.[0]?.everySeconds ?? 2_592_000);
        return made(buckets, name, 'bucket');
      }
      default:
        throw new Error('no such route');
    }
  }

  function databases({ query, body }: StandInRequest, route: string): StandInAnswer {
    if (route === 'GET /api/v3/configure/database' && query.get('format') === 'json') {
      return { body: [...buckets].map((name) => ({ 'iox::database': name })) };
    }
    if (route !== 'POST /api/v3/configure/database') throw new Error('no such route');
    const { db } = JSON.parse(body);
    if (buckets.has(db)) return { status: 409, body: { error: 'attempted to create a resource that already exists' } };
    buckets.add(db);
    return { status: 200, body: '' };
  }

  const standIn = await startStandIn(answer);
  return Object.defineProperties(standIn, {
    rows: { value: () => [...rows.values()] },
    dropped: { value: dropped },
    buckets: { value: buckets },
    halfTaken: {
      value: {
        name: 'reset',
        act({ request, response }) {
          const lines = splitLines(request.body, server);
          answer({ ...request, body: lines.slice(0, Math.ceil(lines.length / 2)).join('\n') });
          response.socket?.resetAndDestroy();
        },
      } satisfies Fault,
    },
  }) as InfluxStandIn;
}

/** It stores what it was sent, and drops the connection instead of saying so. */
export const resetAfterCommit: Fault = {
  name: 'reset',
  async act({ usual, response }) {
    await usual();
    response.socket?.resetAndDestroy();
  },
};

/** It says in InfluxDB's words that it is out of breath. */
export function busy(status: 429 | 503, retryAfter?: string): Fault {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  return {
    name: '429-seconds',
    act: ({ send }) => send({ status, headers, body: { code: 'unavailable', message: 'engine: try again later' } }),
  };
}

function made(all: Set<string>, name: string, what: string): StandInAnswer {
  if (all.has(name)) return { status: 422, body: { code: 'conflict', message: `${what} with name ${name} already exists` } };
  all.add(name);
  return { status: 201, body: { id: idOf(name), name } };
}

function notFound(what: string, name: string | null): StandInAnswer {
  return { status: 404, body: { code: 'not found', message: `${what} "${name}" not found` } };
}

function unknown({ path }: StandInRequest): StandInAnswer {
  return { status: 400, body: `unsupported path requested: "${path}"` };
}

function idOf(name: string): string {
  return Buffer.from(name).toString('hex').padStart(16, '0').slice(-16);
}
