import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Secret } from '../../sdk/index.ts';
import { collectAll } from '../../testing/context.ts';
import { checkToken, createAccount } from '../../testing/stand-ins/google-analytics/account.ts';
import { startGoogleAnalytics } from '../../testing/stand-ins/google-analytics/index.ts';
import { openCredentials } from './credentials.ts';
import { googleAnalytics } from './index.ts';

const account = createAccount();

/** A folder with the key of the account, or of another text, as a file. */
async function keyFile(text = account.key): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'kpi-ga-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, 'key.json'), text);
  return join(dir, 'key.json');
}

describe("a service account's key", () => {
  it('signs its tokens itself', async () => {
    const credentials = await openCredentials(new Secret(account.key));
    expect(credentials.name).toBe(account.email);
    const authorization = (await credentials.headers()).get('authorization') ?? undefined;
    expect(() => checkToken(authorization, account)).not.toThrow();
    expect(() => checkToken(authorization, createAccount())).toThrow('invalid authentication credentials');
  });

  it.each([
    ['service-account.json', 'is not JSON'],
    ['{"type":"authorized_user","refresh_token":"1//refresh-token"}', 'is not the key of a service account: type'],
    ['{"type":"service_account","client_email":"a@b"}', 'private_key'],
    [JSON.stringify({ ...JSON.parse(account.key), private_key: 'no key at all, but long' }), 'cannot sign'],
  ])('is needed: %#', async (text, says) => {
    const error = await openCredentials(new Secret(text)).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'PermanentError', kind: 'config', message: expect.stringContaining(says) });
    expect(String(error)).not.toMatch(/refresh-token|no key at all/);
  });

  it('may stand in the config itself, where no part of it is shown', async () => {
    const standIn = await startGoogleAnalytics({ properties: [{ id: '1' }], account, now: () => new Date('2026-11-21T20:00:00.000Z') });
    onTestFinished(() => standIn.close());
    const settings = { properties: ['1'], credentials: JSON.parse(account.key), transport: 'rest', baseUrl: standIn.url };
    const seen = await collectAll(googleAnalytics, settings);
    expect([seen.points.length, seen.errors.size]).toEqual([12, 0]);
    const [line = ''] = /[A-Za-z0-9+/]{60,}/.exec(account.key) ?? [];
    expect(seen.redactor.holds(`a line: ${line}`)).toBe(true);
    expect(JSON.stringify(seen.settings)).not.toContain(line);
  });
});

describe('application default credentials', () => {
  it('are those that the environment names', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', await keyFile());
    onTestFinished(() => void vi.unstubAllEnvs());
    const credentials = await openCredentials(undefined);
    const authorization = (await credentials.headers()).get('authorization') ?? undefined;
    expect(() => checkToken(authorization, account)).not.toThrow();
  });

  it('that are not there block the instance, and nothing is asked', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/nowhere/key.json');
    onTestFinished(() => void vi.unstubAllEnvs());
    const seen = await collectAll(googleAnalytics, { properties: ['1'], baseUrl: 'http://127.0.0.1:9' });
    expect(seen.errors.get('connect')).toMatchObject({ name: 'BlockedError', kind: 'unauthorized' });
    expect(seen.requests).toBe(0);
  });

  it.each([
    '{"type":"service_account","private_key":MIIEvSECRET0123456789}',
    'MIIEvSECRET0123456789',
    '{"type":"service_account","private_key":"MIIEvSECRET0123456789',
  ])('that are no JSON are quoted nowhere: %#', async (text) => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', await keyFile(text));
    onTestFinished(() => void vi.unstubAllEnvs());
    const error: unknown = await openCredentials(undefined).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'BlockedError', kind: 'unauthorized', message: expect.stringContaining('is not JSON') });
    const { message, stack, cause } = error as Error;
    expect(`${message} ${stack} ${cause}`).not.toContain('MIIEv');
  });

  it('that cannot sign block it too', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', await keyFile(JSON.stringify({ ...JSON.parse(account.key), private_key: 'junk' })));
    onTestFinished(() => void vi.unstubAllEnvs());
    for (const transport of ['grpc', 'rest']) {
      const seen = await collectAll(googleAnalytics, { properties: ['1'], transport, baseUrl: 'http://127.0.0.1:9' });
      expect([...seen.errors.values()]).toMatchObject([{ name: 'BlockedError', kind: 'unauthorized' }]);
    }
  });

  /** Google's client rejects a second promise, which nobody holds: that ends a process, before it has nothing left to do. */
  it.each(['grpc', 'rest'])('that are not there do not end the process: %s', async (transport) => {
    const program = `
      import { collectAll } from ${JSON.stringify(new URL('../../testing/context.ts', import.meta.url).href)};
      import { googleAnalytics } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      const seen = await collectAll(googleAnalytics, { properties: ['1'], transport: '${transport}' });
      process.once('beforeExit', () => console.log(seen.errors.get('connect').kind));`;
    const env = { ...process.env, GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/key.json', METADATA_SERVER_DETECTION: 'none' };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { env });
    expect([stdout.trim(), stderr]).toEqual(['unauthorized', '']);
  });
});

describe("Google's client", () => {
  it('is not loaded by the provider itself', async () => {
    const program = `
      import { googleAnalytics } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      import { createRequire } from 'node:module';
      googleAnalytics.measurements(googleAnalytics.settings.parse(googleAnalytics.example));
      const loaded = () => Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('node_modules') && /google|grpc/.test(path)).length;
      console.log(loaded());
      await import('@google-analytics/data');
      console.log(loaded() > 100);`;
    const cwd = new URL('.', import.meta.url);
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { cwd });
    expect(stdout).toBe('0\ntrue\n');
  });
});
