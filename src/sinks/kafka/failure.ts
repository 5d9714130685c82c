import { type NextError, PermanentError, type ProblemKind, TransientError } from '../../sdk/index.ts';
import type { Settings } from './settings.ts';

export interface Scene {
  /** What was asked for: `a write to topic kpi`. */
  readonly what: string;
  readonly settings: Settings;
  /** Some broker has told of the cluster: who cannot be reached then is one that another named. */
  readonly knowsCluster: boolean;
}

/** An error of the library, of the protocol or of the system: they stand in one another. */
interface Failure {
  readonly message?: unknown;
  readonly code?: unknown;
  /** The protocol's name for it: `TOPIC_AUTHORIZATION_FAILED`. */
  readonly apiId?: unknown;
  /** The broker's own words. */
  readonly serverErrorMessage?: unknown;
  readonly canRetry?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** What an error of the library means, in a sentence with the next step. https://kafka.apache.org/protocol#protocol_error_codes */
export function meaningOf(error: unknown, scene: Scene): NextError {
  const all = [...chain(error)];
  const { what, settings } = scene;
  const codes = new Set(all.flatMap(({ apiId }) => (typeof apiId === 'string' ? [apiId] : [])));
  const words = brokerWords(error);
  const has = (...ids: readonly string[]) => ids.some((id) => codes.has(id));
  const permanent = (message: string, kind: ProblemKind) => new PermanentError(message, { kind, cause: error });

  const missing = missingTopic(all);
  if (missing !== undefined || has('UNKNOWN_TOPIC_OR_PARTITION')) {
    return permanent(`Kafka has no topic ${missing ?? settings.topic}: run kpi db init`, 'not-found');
  }
  if (all.some(({ code }) => code === 'PLT_KFK_AUTHENTICATION') || has('SASL_AUTHENTICATION_FAILED')) {
    if (has('UNSUPPORTED_SASL_MECHANISM', 'ILLEGAL_SASL_STATE')) {
      return permanent(`the brokers do not take sasl ${settings.sasl}: check "sasl"`, 'unauthorized');
    }
    return permanent(`Kafka does not accept this user: check "username", "password" and "sasl"`, 'unauthorized');
  }
  if (has('GROUP_AUTHORIZATION_FAILED')) {
    return permanent(`the user may not read the group ${settings.group}: allow it READ on the group`, 'forbidden');
  }
  if (has('TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'SECURITY_DISABLED')) {
    return permanent(`the user may not do this: ${what}; allow it in the cluster's ACLs`, 'forbidden');
  }
  const tls = tlsProblem(all, scene);
  if (tls) return tls;
  const unreachable = unreachableBroker(all, scene);
  if (unreachable) return unreachable;
  if (all.some(({ code }) => code === 'PLT_KFK_UNSUPPORTED_API') || has('UNSUPPORTED_VERSION')) {
    return permanent(`the brokers are too old or too new for this client, which speaks with Kafka 3.5 to 4: ${words}`, 'invalid-answer');
  }
  if (has('OFFSET_OUT_OF_RANGE')) return new TransientError(`${what} failed: ${words}`, { kind: 'server', cause: error });
  if (has('THROTTLING_QUOTA_EXCEEDED')) return new TransientError(`${what}: ${words}`, { kind: 'rate-limited', cause: error });
  if (all.every(({ canRetry }) => canRetry !== false)) {
    return new TransientError(`${what} failed: ${words}`, { kind: codes.size > 0 ? 'server' : 'network', cause: error });
  }
  // A request that was not answered in time counts as never to be retried, by the library alone.
  if (/timed out/i.test(words)) return new TransientError(`${what} failed: ${words}`, { kind: 'timeout', cause: error });
  return permanent(`${what} was refused: ${words}`, codes.size > 0 ? 'rejected' : 'invalid-answer');
}

/** True where a batch of messages is larger than the broker takes. */
export function isTooLarge(error: unknown): boolean {
  return hasCode(error, 'MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE');
}

/** True where the broker refuses messages for what is in them. */
export function isRefusal(error: unknown): boolean {
  return isTooLarge(error) || hasCode(error, 'INVALID_RECORD', 'INVALID_TIMESTAMP');
}

/** True where the group has given the reader's part to another. */
export function isOfAnotherGeneration(error: unknown): boolean {
  return hasCode(error, 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'FENCED_INSTANCE_ID');
}

export function hasCode(error: unknown, ...ids: readonly string[]): boolean {
  for (const { apiId } of chain(error)) if (typeof apiId === 'string' && ids.includes(apiId)) return true;
  return false;
}

/** What the broker said, or else what the system did; the innermost tells most. */
export function brokerWords(error: unknown): string {
  const all = [...chain(error)];
  const told = all.find(({ serverErrorMessage }) => typeof serverErrorMessage === 'string' && serverErrorMessage !== '');
  const coded = all.find(({ apiId }) => typeof apiId === 'string');
  const last = all.findLast(({ message }) => typeof message === 'string' && message !== '');
  const words = told?.serverErrorMessage ?? coded?.message ?? last?.message ?? error;
  const name = coded && !String(words).includes(String(coded.apiId)) ? ` (${String(coded.apiId)})` : '';
  return String(words).replace(/\s+/g, ' ').replace(/\.$/, '') + name;
}

/** The error, and all that stands in it. */
function* chain(error: unknown, depth = 0): Generator<Failure> {
  if (typeof error !== 'object' || error === null || depth > 8) return;
  const failure = error as Failure;
  yield failure;
  if (Array.isArray(failure.errors)) for (const one of failure.errors) yield* chain(one, depth + 1);
  yield* chain(failure.cause, depth + 1);
}

function missingTopic(all: readonly Failure[]): string | undefined {
  for (const { message } of all) {
    const [, name] = /^Unknown topic (\S+?)\.?$/.exec(String(message)) ?? [];
    if (name !== undefined) return name;
  }
  return undefined;
}

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const certificateCodes =
  /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH)/;

function tlsProblem(all: readonly Failure[], { settings }: Scene): NextError | undefined {
  const code = all.map((one) => String(one.code ?? '')).find((one) => certificateCodes.test(one));
  const where = placeIn(all) ?? settings.brokers.join(', ');
  if (code !== undefined) {
    const mend = code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? 'use a name that it is for in "brokers"' : 'name its authority in "ca"';
    return new PermanentError(`the certificate of ${where} is not trusted (${code}): ${mend}`, { kind: 'unauthorized' });
  }
  const says = (pattern: RegExp) => all.some(({ message }) => pattern.test(String(message)));
  if (says(/Broker requires TLS/)) return new PermanentError(`${where} speaks TLS only: set "tls" to true`, { kind: 'unauthorized' });
  if (settings.tls && says(/verify the broker supports TLS|wrong version number|packet length too long/i)) {
    return new PermanentError(`${where} does not speak TLS: use its other port in "brokers", or set "tls" to false`, { kind: 'network' });
  }
  return undefined;
}

/** A connection that could not be made. */
function unreachableBroker(all: readonly Failure[], { settings, knowsCluster }: Scene): NextError | undefined {
  const place = placeIn(all);
  if (place === undefined) {
    if (!all.some(({ message }) => /Connection closed/.test(String(message)))) return undefined;
    // A broker that expects TLS or a login closes connections without a word.
    const hint = knowsCluster ? '' : `; check "tls" and "sasl"`;
    return new TransientError(`the connection to Kafka was closed by the other side${hint}`, { kind: 'network' });
  }
  const code = all.map((one) => String(one.code ?? '')).find((one) => /^E[A-Z_]+$/.test(one) && !one.startsWith('ERR')) ?? 'no answer';
  if (knowsCluster && !settings.brokers.some((broker) => withPort(broker) === place)) {
    const mend = 'have it advertise a name that is known here (advertised.listeners), or make this one known';
    return new TransientError(`a broker advertises itself as ${place}, which cannot be reached from here (${code}): ${mend}`, {
      kind: 'network',
    });
  }
  const first = knowsCluster ? place : settings.brokers.join(', ');
  return new TransientError(`${first} cannot be reached (${code}): check "brokers"`, { kind: 'network' });
}

/** The `HOST:PORT` that a message of the library names. */
function placeIn(all: readonly Failure[]): string | undefined {
  for (const { message } of all) {
    const [, place] = /^Connection to (\S+:\d+) (failed|timed out)/.exec(String(message)) ?? [];
    if (place !== undefined) return place;
  }
  return undefined;
}

function withPort(broker: string): string {
  return /:\d+$/.test(broker) ? broker : `${broker}:9092`;
}
