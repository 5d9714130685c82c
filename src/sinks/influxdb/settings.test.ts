import { describe, expect, it } from 'vitest';
import { Settings } from './settings.ts';

const good = { url: 'http://localhost:8086', token: 'a-token', org: 'petabridge', bucket: 'kpi' };

describe('influxdb: settings', () => {
  it('are for InfluxDB 2, and give a request ten seconds, where they do not say', () => {
    expect(Settings.parse(good)).toMatchObject({ server: 'influxdb2', timeout: '10s' });
  });

  it.each([
    ['no organisation', { ...good, org: undefined }, 'org', /needed where the server is influxdb2/],
    ['no token', { ...good, token: undefined }, 'token', /needed where the server is influxdb2/],
    ['no database', { url: good.url, server: 'influxdb3' }, 'bucket', /needed where the server is influxdb3/],
    ['an address without a scheme', { ...good, url: 'localhost:8086' }, 'url', /http or https address/],
    ['an address that is none', { ...good, url: 'nonsense' }, 'url', /http or https address/],
    ['a query in the address', { ...good, url: 'http://localhost/?db=x' }, 'url', /without/],
    ['a user and a token', { ...good, url: 'http://ada:pass@localhost' }, 'url', /only one/],
    ['a time that is none', { ...good, timeout: 'soon' }, 'timeout', /duration/],
    ['too much time', { ...good, timeout: '2h' }, 'timeout', /at most 1h/],
    ['a user that cannot be decoded', { url: 'http://a:%zz@127.0.0.1', server: 'victoriametrics' }, 'url', /begins no code/],
    ['no time', { ...good, timeout: '0s' }, 'timeout', /duration/],
    ['a server that is not known', { ...good, server: 'influxdb1' }, 'server', /influxdb3/],
  ])('refuse %s', (_, settings, path, message) => {
    const issues = Settings.safeParse(settings).error?.issues ?? [];
    expect(issues.map((issue) => issue.path.join('.'))).toEqual([path]);
    expect(issues[0]?.message).toMatch(message);
  });

  it('need no token where the server asks for none', () => {
    expect(Settings.safeParse({ url: good.url, server: 'victoriametrics' }).success).toBe(true);
    expect(Settings.safeParse({ url: good.url, server: 'influxdb3', bucket: 'kpi' }).success).toBe(true);
    expect(Settings.safeParse({ url: 'https://ada:pass@vm.example/insert/0', server: 'victoriametrics' }).success).toBe(true);
  });
});
