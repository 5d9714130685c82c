import { describe, expect, it } from 'vitest';
import { Settings } from './settings.ts';

const good = { url: 'http://localhost:9090/api/v1/write' };

describe('prometheus: settings', () => {
  it('are for a Prometheus without a window, where they do not say', () => {
    expect(Settings.parse(good)).toMatchObject({ server: 'prometheus', outOfOrderWindow: '0s', timeout: '10s', headers: {} });
  });

  it.each([
    ['an address that is none', { url: 'nonsense' }, 'url', /http or https/],
    ['an address without a path', { url: 'http://localhost:9090' }, 'url', /whole address/],
    ['a user that cannot be decoded', { url: 'http://a:%zz@localhost/api/v1/write' }, 'url', /begins no code/],
    ['a token beside a password', { ...good, token: 'a', username: 'u', password: 'p' }, 'token', /only one/],
    ['a password in two places', { ...good, url: 'http://u:p@localhost/w', token: 'a' }, 'url', /only one/],
    ['a password of nobody', { ...good, password: 'p' }, 'username', /is needed/],
    ['a user name that ends early', { ...good, username: 'a:b', password: 'p' }, 'username', /":"/],
    ['a header that is its own', { ...good, headers: { Authorization: 'x' } }, 'headers.Authorization', /itself/],
    ['a header that is none', { ...good, headers: { 'a b': 'x' } }, 'headers.a b', /no name/],
    ['a window that is none', { ...good, outOfOrderWindow: 'long' }, 'outOfOrderWindow', /duration/],
    ['a window where there is none', { ...good, server: 'victoriametrics', outOfOrderWindow: '1d' }, 'outOfOrderWindow', /any age/],
    ['a textfile that is not read', { ...good, runHealth: { textfile: 'kpi.txt' } }, 'runHealth.textfile', /\.prom/],
    ['two places of the health', { ...good, runHealth: { textfile: 'a.prom', pushgateway: 'http://x' } }, 'runHealth', /pushgateway/],
    ['no time', { ...good, timeout: '0s' }, 'timeout', /duration/],
  ])('refuse %s', (_, settings, path, message) => {
    const issues = Settings.safeParse(settings).error?.issues ?? [];
    expect(issues.map((issue) => issue.path.join('.'))).toEqual([path]);
    expect(issues[0]?.message).toMatch(message);
  });

  it('take what the makers of servers give', () => {
    for (const settings of [
      { url: 'https://prometheus-prod-01-eu-west-0.grafana.net/api/prom/push', username: '123', password: { file: 'token.txt' } },
      { url: 'http://mimir/api/v1/push', headers: { 'X-Scope-OrgID': 'growth' } },
      { url: 'http://u:p%40x@vm/insert/0/prometheus/api/v1/write?extra_label=a%3Db', server: 'victoriametrics' },
      { ...good, runHealth: { pushgateway: 'http://u:p@push:9091', job: 'kpi' }, outOfOrderWindow: '90d' },
    ])
      expect(Settings.safeParse(settings).error?.issues).toBeUndefined();
  });
});
