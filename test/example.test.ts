import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../src/engine/config/load.ts';
import { ownMeasurements } from '../src/engine/own-points.ts';
import { providers } from '../src/providers/index.ts';
import { sinks } from '../src/sinks/index.ts';
import { madeUpFolder } from '../src/testing/made-up.ts';

const cwd = fileURLToPath(new URL('..', import.meta.url));
const file = 'kpi.config.example.json';

/** The example, with the variables that it names. */
async function loadExample(env: Readonly<Record<string, string>>) {
  return await loadConfig({ cwd, env, file, providers, sinks, own: ownMeasurements, select: {} });
}

describe('kpi.config.example.json', () => {
  it('is valid, without a warning', async () => {
    const config = await loadExample({ GITHUB_TOKEN: 'a-token-of-github' });
    expect(config.warnings).toEqual([]);
    expect(config.run.every).toMatchObject({ text: '4h' });
    expect(config.store).toBe('local');
  });

  it('needs no more than a token of GitHub', async () => {
    await expect(loadExample({})).rejects.toMatchObject({ problems: [{ path: 'providers.github.token' }] });
  });

  it('mentions every provider and every sink', async () => {
    const config = await loadExample({ GITHUB_TOKEN: 'a-token-of-github' });
    expect([...new Set(config.providers.map(({ type }) => type))].sort()).toEqual(Object.keys(providers).sort());
    expect([...new Set(config.sinks.map(({ type }) => type))].sort()).toEqual(Object.keys(sinks).sort());
  });

  it('is valid with everything in it enabled, too', async () => {
    const text = await readFile(new URL(`../${file}`, import.meta.url), 'utf8');
    expect(text).toContain('"enabled": false');
    await using folder = await madeUpFolder({ 'kpi.config.json': text.replaceAll('"enabled": false', '"enabled": true') });
    const env = {
      GITHUB_TOKEN: 'a-token-of-github',
      DATABASE_URL: 'postgres://kpi:a-word@localhost/kpi',
      GOOGLE_ANALYTICS_CREDENTIALS: 'a-key-of-google',
      INFLUX_TOKEN: 'a-token-of-influxdb',
      REDDIT_CLIENT_SECRET: 'a-secret-of-reddit',
      MAILCHIMP_API_KEY: '0123456789abcdef0123456789abcdef-us1',
      SDKBIN_FEED: 'https://feed.sdkbin.com/auth/a-key-of-sdkbin/v3/index.json',
    };
    const config = await loadConfig({ cwd: folder.dir, env, providers, sinks, own: ownMeasurements, select: {} });
    expect([...config.providers, ...config.sinks].every(({ selected }) => selected)).toBe(true);
  });
});
