import { type Change, PermanentError, type SinkContext, type StoreStatus } from '../../sdk/index.ts';
import { bucketOf, errorOf, jsonOf, nameOf, wordsOf } from './answer.ts';
import { type Answer, type Connection, connectionTo } from './connection.ts';
import type { Settings } from './settings.ts';

/** Makes the organisation and the bucket of InfluxDB 2, or the database of InfluxDB 3. VictoriaMetrics needs nothing made. */
export async function makeReady(settings: Settings, context: SinkContext): Promise<readonly Change[]> {
  const connection = connectionTo(settings, context);
  switch (settings.server) {
    case 'influxdb2':
      return makeBucket(connection);
    case 'influxdb3':
      return [await makeDatabase(connection)];
    case 'victoriametrics':
      await healthy(connection);
      return [{ object: 'VictoriaMetrics', action: 'ready', detail: 'it makes a series when the first number arrives' }];
  }
}

/** Whether the server is well, and what kpi needs in it is there. */
export async function statusOf(settings: Settings, context: SinkContext): Promise<Pick<StoreStatus, 'problems'>> {
  const connection = connectionTo(settings, context);
  await healthy(connection);
  if (settings.server === 'victoriametrics') return { problems: [] };
  const isThere = settings.server === 'influxdb3' ? await hasDatabase(connection) : (await findBucket(connection)) !== undefined;
  return { problems: isThere === false ? [`${bucketOf(settings)} is missing: run kpi db init`] : [] };
}

/** Throws where the database is known to be missing: InfluxDB 3 would make it on the first write, also under a mistyped name. */
export async function requireDatabase(settings: Settings, context: SinkContext): Promise<void> {
  if ((await hasDatabase(connectionTo(settings, context))) !== false) return;
  throw new PermanentError(`${nameOf(settings)} has no ${bucketOf(settings)}: run kpi db init`, { kind: 'not-found' });
}

async function makeBucket(connection: Connection): Promise<readonly Change[]> {
  await requireSetup(connection);
  const { org = '', bucket = '' } = connection.settings;
  const findOrg = () => findOne(connection, `/api/v2/orgs?${new URLSearchParams({ org })}`, 'orgs', org);
  const foundOrg = await findOrg();
  const madeOrg = foundOrg ? 'ready' : await create(connection, '/api/v2/orgs', { name: org });
  const owner = foundOrg ?? (await findOrg());
  if (!owner)
    throw new PermanentError(`organisation ${org} was made and cannot be seen: check what "token" may read`, { kind: 'forbidden' });

  const orgChange: Change = { object: `organisation ${org}`, action: madeOrg };
  const foundBucket = await findBucket(connection);
  if (foundBucket) return [orgChange, { object: `bucket ${bucket}`, action: 'ready', ...retentionOf(foundBucket) }];
  // Without `everySeconds`, entries would be dropped after 30 days; 0 keeps them.
  // https://docs.influxdata.com/influxdb/v2/api/buckets/
  const body = { orgID: owner.id, name: bucket, retentionRules: [{ type: 'expire', everySeconds: 0 }] };
  return [orgChange, { object: `bucket ${bucket}`, action: await create(connection, '/api/v2/buckets', body) }];
}

/** A server without its first user has no tokens yet; only its owner can choose that user's password. */
async function requireSetup(connection: Connection): Promise<void> {
  const answer = await connection.ask('GET', '/api/v2/setup');
  if (answer.status !== 200) throw errorOf(answer, connection);
  if (jsonOf(answer.body)?.allowed !== true) return;
  const message = `${connection.where} is not set up yet: run "influx setup" with the organisation, bucket and token of this config`;
  throw new PermanentError(message, { kind: 'unauthorized' });
}

interface Found {
  readonly id: string;
  readonly name: string;
  readonly retentionRules?: readonly { readonly everySeconds?: number }[];
}

function findBucket(connection: Connection): Promise<Found | undefined> {
  const { org = '', bucket = '' } = connection.settings;
  const path = `/api/v2/buckets?${new URLSearchParams({ org, name: bucket })}`;
  return findOne(connection, path, 'buckets', bucket);
}

/** The one of this name; undefined when there is none, which is a 404 or an empty list. */
async function findOne(connection: Connection, path: string, list: 'orgs' | 'buckets', name: string): Promise<Found | undefined> {
  const answer = await connection.ask('GET', path);
  const json = jsonOf(answer.body);
  if (answer.status === 404 && json) return undefined;
  const found = json?.[list];
  if (answer.status !== 200 || !Array.isArray(found)) throw errorOf(answer, connection);
  return (found as readonly Found[]).find((one) => one.name === name);
}

/** `ready` where another made it in the meantime. */
async function create(connection: Connection, path: string, body: object) {
  const answer = await connection.ask('POST', path, JSON.stringify(body));
  if (answer.status === 200 || answer.status === 201) return 'created';
  if (isConflict(answer)) return 'ready';
  throw errorOf(answer, connection);
}

function isConflict(answer: Answer): boolean {
  return answer.status === 409 || ([400, 422].includes(answer.status) && /already exists|conflict/i.test(answer.body));
}

function retentionOf({ retentionRules }: Found): Pick<Change, 'detail'> {
  const seconds = retentionRules?.[0]?.everySeconds ?? 0;
  return seconds > 0 ? { detail: `it drops what is older than ${Math.round(seconds / 86_400)} days` } : {};
}

async function makeDatabase(connection: Connection): Promise<Change> {
  const { bucket = '' } = connection.settings;
  return {
    object: `database ${bucket}`,
    action: await create(connection, '/api/v3/configure/database', { db: bucket }),
  };
}

/** undefined where the token may not ask: then only a write tells. */
async function hasDatabase(connection: Connection): Promise<boolean | undefined> {
  const answer = await connection.ask('GET', '/api/v3/configure/database?format=json');
  if (answer.status === 403 || answer.status === 404) return undefined;
  const list = jsonOf(answer.body);
  if (answer.status !== 200 || !Array.isArray(list)) throw errorOf(answer, connection);
  return list.some((one) => one?.['iox::database'] === connection.settings.bucket);
}

async function healthy(connection: Connection): Promise<void> {
  const answer = await connection.ask('GET', '/health');
  if (answer.status === 200 && jsonOf(answer.body)?.status !== 'fail') return;
  if (answer.status === 200)
    throw new PermanentError(`${nameOf(connection.settings)} says that it is not well: ${wordsOf(answer)}`, { kind: 'unavailable' });
  throw errorOf(answer, connection);
}
