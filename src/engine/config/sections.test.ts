import { describe, expect, it } from 'vitest';
import { instanceName, outbox, providerCommon, providerHead, run, sinkCommon, sinkHead } from './sections.ts';

describe('the sections', () => {
  it('have defaults for all that nothing is said of', () => {
    expect(run.parse({})).toEqual({ concurrency: 64, timeout: 600_000, failOn: 'required', stateDir: '.kpi', state: 'local' });
    expect(outbox.parse({})).toEqual({ maxBytes: 1024 ** 3 });
    expect(providerCommon.parse({})).toEqual({ required: true });
    expect(sinkCommon.parse({})).toEqual({ required: true });
    expect(providerHead.parse({})).toEqual({ enabled: true });
    expect(sinkHead.parse({})).toEqual({ enabled: true });
  });

  it('take sizes as numbers or words', () => {
    expect(outbox.parse({ maxBytes: 4096 })).toEqual({ maxBytes: 4096 });
    expect(outbox.parse({ maxBytes: '4 KiB' })).toEqual({ maxBytes: 4096 });
    expect(outbox.safeParse({ maxBytes: 0 }).success).toBe(false);
  });

  it('take a settle of nothing, but no timeout of it', () => {
    expect(providerCommon.parse({ settle: '0s' })).toMatchObject({ settle: 0 });
    expect(run.safeParse({ timeout: '0s' }).success).toBe(false);
  });

  it('take no timeout that a timer cannot hold: the run would end at once', () => {
    expect(run.parse({ timeout: '24h' })).toMatchObject({ timeout: 86_400_000 });
    for (const timeout of ['30d', '25h', '86401s']) {
      expect(run.safeParse({ timeout }).error?.issues[0]?.message).toBe('must be a duration up to 24h, such as 90s, 10m or 4h');
    }
  });

  it('take a freshness in order, and either half of it', () => {
    const day = 86_400_000;
    expect(providerCommon.parse({ freshness: { warn: '1d', error: '2d' } })).toMatchObject({ freshness: { warn: day, error: 2 * day } });
    expect(providerCommon.parse({ freshness: { error: '1d' } })).toMatchObject({ freshness: { error: day } });
    const wrong = providerCommon.safeParse({ freshness: { warn: '2d', error: '1d' } }).error?.issues[0];
    expect([wrong?.path, wrong?.message]).toEqual([['freshness'], 'must not warn later than it is an error']);
  });

  it('take no settle that goes back before all dates', () => {
    expect(providerCommon.parse({ settle: '3660d' })).toMatchObject({ settle: 3660 * 86_400_000 });
    expect(providerCommon.safeParse({ settle: '999999999w' }).success).toBe(false);
  });
});

describe('instanceName', () => {
  it.each(['github', 'my-site', 'a', 'site_2'])('takes %s', (name) => {
    expect(instanceName.test(name)).toBe(true);
  });
  it.each(['GitHub', '2nd', 'a b', 'a,b', 'a.b', '', '-a', 'a'.repeat(64)])('refuses "%s"', (name) => {
    expect(instanceName.test(name)).toBe(false);
  });
});
