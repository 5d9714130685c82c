import { describe, expect, it } from 'vitest';
import { counter, flag, gauge, histogram, type Measurement, measurement, moment, name, ratio, summary, text } from '../../sdk/index.ts';
import { planOf } from './naming.ts';

function named(fields: Measurement['fields'], measured = 'site') {
  const plan = planOf(measurement(measured, { help: 'A site.', time: 'snapshot', tags: { url: 'which' }, fields }));
  return plan.columns.map(({ field, metric, label, metadata }) => [
    field,
    metric + (label ? `{${label.name}="${label.value}"}` : ''),
    metadata.type,
  ]);
}

describe('prometheus: names', () => {
  it('end in the base unit, `_total`, `_ratio`, or nothing', () => {
    expect(
      named({
        stars: gauge('{star}'),
        body_bytes: gauge('By'),
        total_ms: gauge('ms'),
        ms: gauge('ms'),
        downloads: counter('{download}'),
        sent_total: counter('{email}'),
        uptime: counter('s'),
        open_rate: ratio(),
        up: flag(),
        pushed_at: moment(),
        expires: moment(),
      }),
    ).toEqual([
      ['body_bytes', 'site_body_bytes', 'gauge'],
      ['downloads', 'site_downloads_total', 'counter'],
      ['expires', 'site_expires_timestamp_seconds', 'gauge'],
      ['open_rate', 'site_open_rate_ratio', 'gauge'],
      ['pushed_at', 'site_pushed_timestamp_seconds', 'gauge'],
      ['ms', 'site_seconds', 'gauge'],
      ['sent_total', 'site_sent_total', 'counter'],
      ['stars', 'site_stars', 'gauge'],
      ['total_ms', 'site_total_seconds', 'gauge'],
      ['up', 'site_up', 'gauge'],
      ['uptime', 'site_uptime_seconds_total', 'counter'],
    ]);
  });

  it('are of buckets and quantiles in base units', () => {
    expect(named({ ...histogram('took', [100, 2500], 'ms'), ...summary('size', [0.5, 0.999], 'KiBy') })).toEqual([
      ['size_p50', 'site_size_bytes{quantile="0.5"}', 'summary'],
      ['size_p99_9', 'site_size_bytes{quantile="0.999"}', 'summary'],
      ['size_count', 'site_size_bytes_count', 'summary'],
      ['size_sum', 'site_size_bytes_sum', 'summary'],
      ['took_count', 'site_took_seconds_bucket{le="+Inf"}', 'histogram'],
      ['took_le_100', 'site_took_seconds_bucket{le="0.1"}', 'histogram'],
      ['took_le_2500', 'site_took_seconds_bucket{le="2.5"}', 'histogram'],
      ['took_count', 'site_took_seconds_count', 'histogram'],
      ['took_sum', 'site_took_seconds_sum', 'histogram'],
    ]);
  });

  it('are of two fields two', () => {
    const metrics = named({ wait: gauge('s'), wait_ms: gauge('ms'), wait_seconds: gauge(), created: moment(), created_at: moment() }).map(
      ([field, metric]) => [field, metric],
    );
    expect(new Set(metrics.map(([, metric]) => metric)).size).toBe(5);
    expect(Object.fromEntries(metrics)).toMatchObject({ wait: 'site_wait_seconds', wait_ms: 'site_wait_ms_seconds' });
  });

  it('convert what is counted by what is measured only', () => {
    const plan = planOf(
      measurement('m', {
        help: 'M.',
        time: 'event',
        tags: {},
        fields: { a: gauge('ms'), up: flag(), at: moment(), ...summary('t', [0.5], 'ms') },
      }),
    );
    const value = (field: string, given: number | boolean | string) => plan.columns.find((one) => one.field === field)?.numberOf(given);
    expect([value('a', 1), value('up', true), value('up', false), value('at', '2026-11-21T20:00:00.500Z')]).toEqual([
      0.001, 1, 0, 1795291200.5,
    ]);
    expect([value('t_count', 3), value('t_sum', 250), value('t_p50', 100)]).toEqual([3, 0.25, 0.1]);
  });

  it('have one `_info` for all that is said in words', () => {
    const plan = planOf(
      measurement('site', { help: 'A site.', time: 'event', tags: {}, fields: { title: name(), reason: text(), up: flag() } }),
    );
    expect(plan.info).toEqual({
      metadata: { name: 'site_info', type: 'info', help: 'A site: what is said of it in words.', unit: '' },
      fields: ['reason', 'title'],
    });
    expect(plan.columns).toHaveLength(1);
  });

  it('come with a help that is not too long', () => {
    const fields = { stars: gauge('{star}', 'All of them.'), size: gauge('By', 'x'.repeat(5000)) };
    const [size, stars] = planOf(measurement('site', { help: 'A site.', time: 'event', tags: {}, fields })).columns;
    expect(stars?.metadata).toEqual({ name: 'site_stars', type: 'gauge', help: 'A site: stars. All of them.', unit: '' });
    expect(size?.metadata.help.length).toBeLessThan(1024);
    expect(size?.metadata.unit).toBe('bytes');
  });
});
