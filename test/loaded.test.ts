import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPlace } from './e2e/place.ts';
import { startUpstreams, toGithub, toNuget, type Upstreams } from './e2e/upstreams.ts';

/** Packages that an integration brings: what they cost, only those should pay who use it. */
const clients: Readonly<Record<string, readonly string[]>> = {
  github: ['@octokit/graphql'],
  'google-analytics': ['@google-analytics/data', 'google-gax', 'google-auth-library', '@grpc/grpc-js'],
  website: ['pg'], // the sink postgres, too
  influxdb: ['@influxdata/influxdb-client'],
  kafka: ['@platformatic/kafka'],
  mailchimp: ['@mailchimp/mailchimp_marketing', 'superagent'],
};

const hook = `
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    appendFileSync('loaded.txt', resolved.url + '\\n');
    return resolved;
  },
});
`;

let upstreams: Upstreams;
beforeAll(async () => {
  upstreams = await startUpstreams();
});
afterAll(() => upstreams.close());

/** The packages that the program loads with this command line, and the exit code. */
async function loadedBy(args: readonly string[], config: object) {
  await using place = newPlace({ 'kpi.config.json': config, 'hook.mjs': hook }, upstreams.env);
  const NODE_OPTIONS = `--import ${pathToFileURL(join(place.dir, 'hook.mjs'))}`;
  const { code } = await place.kpi(args, { env: { NODE_OPTIONS } });
  const file = join(place.dir, 'loaded.txt');
  const urls = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const packages = new Set(urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []));
  return { code, urls, packages };
}

const providers = { github: { ...toGithub, orgs: [{ name: 'petabridge' }] }, nuget: { ...toNuget, owners: ['petabridge'] } };

describe('no client is loaded that is not used', () => {
  it('by --help: nothing but the program itself', async () => {
    const { code, urls, packages } = await loadedBy(['--help'], { providers });
    expect(code).toBe(0);
    expect(urls.some((url) => url.includes('/dist/cli/process.js'))).toBe(true);
    expect([...packages]).toEqual([]);
  });

  it('by a run of one provider: none of the others', async () => {
    const { code, packages, urls } = await loadedBy(['collect', '--providers', 'nuget'], { providers });
    expect(code).toBe(0);
    expect(packages).toContain('zod');
    for (const name of Object.values(clients).flat()) expect(packages).not.toContain(name);
    expect(urls.filter((url) => /\/dist\/providers\/(?!index|nuget|github\/)/.test(url))).toEqual([]);
  });

  it('by a run of its own: that one', async () => {
    const { code, packages } = await loadedBy(['collect', '--providers', 'github'], { providers });
    expect(code).toBe(0);
    expect(packages).toContain('@octokit/graphql');
    expect(packages).not.toContain('@influxdata/influxdb-client');
    expect(packages).not.toContain('@mailchimp/mailchimp_marketing');
  });
});
