import { MultipleErrors, NetworkError, ProtocolError, ResponseError } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { messageOf, PermanentError, TransientError } from '../../sdk/index.ts';
import { brokerWords, hasCode, isOfAnotherGeneration, isRefusal, isTooLarge, meaningOf } from './failure.ts';
import { Settings } from './settings.ts';

const scene = { what: 'a write to topic kpi', settings: Settings.parse({ brokers: ['localhost:9092'] }), knowsCluster: true };
/** A refusal of the broker's, as the library wraps it. */
const refused = (code: string, words: string | null = null) =>
  new MultipleErrors('Producing messages failed.', [new ProtocolError(code, words)]);

describe('what an error means', () => {
  it.each([
    ['UNKNOWN_TOPIC_OR_PARTITION', PermanentError, 'Kafka has no topic kpi: run kpi db init'],
    ['GROUP_AUTHORIZATION_FAILED', PermanentError, 'the user may not read the group kpi-relay: allow it READ on the group'],
    ['CLUSTER_AUTHORIZATION_FAILED', PermanentError, "the user may not do this: a write to topic kpi; allow it in the cluster's ACLs"],
    ['SASL_AUTHENTICATION_FAILED', PermanentError, 'Kafka does not accept this user: check "username", "password" and "sasl"'],
    ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', TransientError, /^a write to topic kpi failed: .*\(NOT_ENOUGH_REPLICAS_AFTER_APPEND\)$/],
    ['COORDINATOR_NOT_AVAILABLE', TransientError, /\(COORDINATOR_NOT_AVAILABLE\)$/],
    ['OFFSET_OUT_OF_RANGE', TransientError, /\(OFFSET_OUT_OF_RANGE\)$/],
    ['POLICY_VIOLATION', PermanentError, /^a write to topic kpi was refused: .*\(POLICY_VIOLATION\)$/],
  ] as const)('%s', (code, kind, words) => {
    const error = meaningOf(refused(code), scene);
    expect(error).toBeInstanceOf(kind);
    if (typeof words === 'string') expect(messageOf(error)).toBe(words);
    else expect(messageOf(error)).toMatch(words);
  });

  it('is told in the words of the broker, where it has some', () => {
    expect(brokerWords(refused('POLICY_VIOLATION', 'too many\npartitions.'))).toBe('too many partitions (POLICY_VIOLATION)');
  });

  it('is told of where the failure has no words of the library', () => {
    expect(messageOf(meaningOf(new TypeError('x is undefined'), scene))).toBe('a write to topic kpi failed: x is undefined');
    expect(messageOf(meaningOf('odd', scene))).toBe('a write to topic kpi failed: odd');
  });

  it('of a connection that failed depends on who is known', () => {
    const failed = new NetworkError('Connection to kafka-2:9093 failed.', { cause: Object.assign(new Error('no'), { code: 'ENOTFOUND' }) });
    expect(messageOf(meaningOf(failed, scene))).toMatch(
      /^a broker advertises itself as kafka-2:9093, which cannot be reached from here \(ENOTFOUND\)/,
    );
    expect(messageOf(meaningOf(failed, { ...scene, knowsCluster: false }))).toBe(
      'localhost:9092 cannot be reached (ENOTFOUND): check "brokers"',
    );
    const own = new NetworkError('Connection to localhost:9092 failed.', {
      cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }),
    });
    expect(messageOf(meaningOf(own, scene))).toBe('localhost:9092 cannot be reached (ECONNREFUSED): check "brokers"');
  });

  it.each(['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_HAS_EXPIRED'])('of a certificate: %s', (code) => {
    const failed = new NetworkError('Connection to localhost:9092 failed.', { cause: Object.assign(new Error('no'), { code }) });
    const error = meaningOf(failed, scene);
    expect(error).toBeInstanceOf(PermanentError);
    expect(messageOf(error)).toBe(`the certificate of localhost:9092 is not trusted (${code}): name its authority in "ca"`);
  });

  it('is found through all that stands around it', () => {
    const inner = new ResponseError(0, 11, { '/a': [10, null] }, {});
    const outer = new PermanentError('a sentence', { cause: new MultipleErrors('failed', [inner]) });
    expect([isTooLarge(outer), isRefusal(outer), isOfAnotherGeneration(outer), hasCode(outer, 'NONE')]).toEqual([true, true, false, false]);
    expect(isOfAnotherGeneration(refused('ILLEGAL_GENERATION'))).toBe(true);
    expect(isRefusal(refused('INVALID_TIMESTAMP'))).toBe(true);
  });
});
