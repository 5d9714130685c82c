import { describe, expect, it } from 'vitest';
import { Settings, topicsOf } from './settings.ts';

const brokers = ['localhost:9092'];

describe('the settings', () => {
  it('need no more than a broker', () => {
    const settings = Settings.parse({ brokers });
    expect(settings).toMatchObject({ topic: 'kpi', compression: 'none', tls: false, sasl: 'none', partitions: 3, group: 'kpi-relay' });
    expect(topicsOf(settings)).toEqual(['kpi']);
  });

  it.each(['kafka', 'kafka:9092', '10.0.0.1:9092', '[::1]:9092', '[::1]'])('take the broker %s', (broker) => {
    expect(Settings.safeParse({ brokers: [broker] }).success).toBe(true);
  });

  it.each([
    [{ brokers: [] }, 'brokers'],
    [{ brokers: ['kafka://localhost:9092'] }, 'brokers.0'],
    [{ brokers: ['a b:1'] }, 'brokers.0'],
    [{ brokers, topic: 'a/b' }, 'topic'],
    [{ brokers, topic: '..' }, 'topic'],
    [{ brokers, topic: 'x'.repeat(241) }, 'topic'],
    [{ brokers, compression: 'brotli' }, 'compression'],
    [{ brokers, sasl: 'plain', password: 'p' }, 'username'],
    [{ brokers, sasl: 'plain', username: 'u' }, 'password'],
    [{ brokers, username: 'u' }, 'username'],
    [{ brokers, ca: 'ca.pem' }, 'ca'],
    [{ brokers, timeout: '500ms' }, 'timeout'],
    [{ brokers, timeout: '1h' }, 'timeout'],
    [{ brokers, partitions: 0 }, 'partitions'],
    [{ brokers, topics: [] }, 'topics'],
  ])('do not take %j', (given, path) => {
    const { error } = Settings.safeParse(given);
    expect(error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
  });

  it('never show the password', () => {
    const settings = Settings.parse({ brokers, sasl: 'plain', username: 'u', password: 'pass-of-the-tests' });
    expect(JSON.stringify(settings)).not.toContain('pass-of-the-tests');
  });
});
