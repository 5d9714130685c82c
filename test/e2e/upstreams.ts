import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../src/testing/stand-in.ts';
import { type GithubOptions, type GithubStandIn, startGithub } from '../../src/testing/stand-ins/github/index.ts';
import { type NugetStandIn, startNuget } from '../../src/testing/stand-ins/nuget/index.ts';

/** GitHub and NuGet as the program finds them by variables. */
export interface Upstreams {
  readonly github: GithubStandIn;
  readonly nuget: NugetStandIn;
  /** `GITHUB_TOKEN`, and the two addresses. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export const token = 'a-token-for-the-tests';

/** What NuGet has: two packages of one owner, and one of another. */
const packages = [
  { id: 'Akka', owners: ['Akka', 'petabridge'], versions: [{ version: '1.5.50', downloads: 48_000_000 }] },
  { id: 'Akka.Hosting', owners: ['Akka', 'petabridge'], versions: [{ version: '1.5.50', downloads: 2_100_000 }] },
  { id: 'Other', owners: 'somebody', versions: [{ version: '0.1.0', downloads: 9 }] },
];

const repositories: GithubOptions['repositories'] = [
  { name: 'akkadotnet/akka.net', stars: 4700, archived: false, template: true },
  { name: 'petabridge/TurboMqtt', stars: 90, archived: true },
  { name: 'petabridge/Phobos', stars: 31 },
  { name: 'petabridge/sandbox', stars: 1 },
];

export async function startUpstreams(options: Partial<GithubOptions> = {}): Promise<Upstreams> {
  const [github, nuget] = await Promise.all([startGithub({ repositories, token, ...options }), startNuget({ packages })]);
  return {
    github,
    nuget,
    env: { GITHUB_TOKEN: token, GITHUB_URL: github.url, NUGET_INDEX: nuget.serviceIndex },
    close: async () => void (await Promise.all([github.close(), nuget.close()])),
  };
}

/** Settings that lead to the stand-ins, beside those of the test. */
export const toGithub = { token: '${GITHUB_TOKEN}', baseUrl: '${GITHUB_URL}' };
export const toNuget = { serviceIndex: '${NUGET_INDEX}' };

/** The config that the README shows, led to the stand-ins. */
export function readmeConfig() {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const block = /```json\n(\{\n {2}"run".*?\n\})\n```/s.exec(readme)?.[1];
  if (block === undefined) throw new Error('the README shows no config');
  const { providers, ...rest } = JSON.parse(block);
  return {
    ...rest,
    providers: { ...providers, github: { ...providers.github, ...toGithub }, nuget: { ...providers.nuget, ...toNuget } },
  };
}

/** A fault that keeps every request waiting until it is opened; `reached` resolves with the first. */
export function gate(): Fault & { readonly reached: Promise<void>; open(): void } {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  return {
    name: 'hang',
    async act({ send, usual }) {
      reached.resolve();
      await opened.promise;
      send(await usual());
    },
    reached: reached.promise,
    open: () => opened.resolve(),
  };
}
