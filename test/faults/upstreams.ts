import type { FieldValue } from '../../src/sdk/point.ts';
import type { Fault, FaultName, StandIn } from '../../src/testing/stand-in.ts';
import * as github from '../../src/testing/stand-ins/github/index.ts';
import type { GithubRepository } from '../../src/testing/stand-ins/github/world.ts';
import * as googleAnalytics from '../../src/testing/stand-ins/google-analytics/index.ts';
import * as mailchimp from '../../src/testing/stand-ins/mailchimp/index.ts';
import * as nuget from '../../src/testing/stand-ins/nuget/index.ts';
import * as reddit from '../../src/testing/stand-ins/reddit/index.ts';
import * as sdkbin from '../../src/testing/stand-ins/sdkbin/index.ts';
import * as stackoverflow from '../../src/testing/stand-ins/stackoverflow/index.ts';
import * as website from '../../src/testing/stand-ins/website/index.ts';
import { startGoogleAnalytics } from './google-analytics-upstream.ts';
import { startMailchimp } from './mailchimp-upstream.ts';
import { startReddit } from './reddit-upstream.ts';
import { startStackoverflow } from './stackoverflow-upstream.ts';

/** One row of the store. */
export interface Row {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** Of what has a past: the time that the upstream names. Absent: that of the run, or of what was measured in it. */
  readonly time?: string;
}

/** An upstream of a provider, and an instance of that provider that asks it. */
export interface Upstream {
  readonly standIn: StandIn;
  /** The instance's entry in the config. It asks for `${secret.name}`. */
  readonly entry: Readonly<Record<string, unknown>>;
  readonly secret: {
    readonly name: string;
    readonly value: string;
    /** What the variable holds, where the secret is only a part of that. */
    readonly text?: string;
    /** What arrives in its place, where it is never sent itself. */
    readonly shownAs?: RegExp;
  };
  /** What a run of `instance` stores while nothing is wrong. */
  truth(instance: string): readonly Row[];
}

export interface UpstreamOptions {
  /** Part of every name in its world, so that no two worlds share one. */
  readonly world: string;
  /** Enough for more than one page. */
  readonly pages?: boolean;
  /** Of one try: the check's own, where the provider has one. */
  readonly timeout?: string;
  /** Nothing that takes a thread of its own but the check itself. */
  readonly light?: boolean;
  readonly now: () => Date;
}

export interface Kind {
  start(options: UpstreamOptions): Promise<Upstream>;
  readonly faults: Partial<Record<FaultName, Fault>>;
  readonly cannot: Partial<Record<FaultName, string>>;
  /** Of one try, where it may take longer than the policy says. */
  readonly timeoutMs?: number;
}

export const providerNames = [
  'github',
  'github-traffic',
  'google-analytics',
  'mailchimp',
  'nuget',
  'reddit',
  'sdkbin',
  'stackoverflow',
  'website',
] as const;
/** A column of the table: a provider, or the part of one that is asked in another way. */
export type ProviderName = (typeof providerNames)[number];

export const kinds: Readonly<Record<ProviderName, Kind>> = {
  github: { start: startGithub, faults: github.faults, cannot: github.cannot },
  'github-traffic': { start: startGithubTraffic, faults: github.restFaults, cannot: github.restCannot },
  'google-analytics': { start: startGoogleAnalytics, faults: googleAnalytics.faults, cannot: googleAnalytics.cannot, timeoutMs: 60_000 },
  mailchimp: { start: startMailchimp, faults: mailchimp.faults, cannot: mailchimp.cannot, timeoutMs: 120_000 },
  nuget: { start: startNuget, faults: nuget.faults, cannot: nuget.cannot },
  reddit: { start: startReddit, faults: reddit.faults, cannot: reddit.cannot },
  stackoverflow: { start: startStackoverflow, faults: stackoverflow.faults, cannot: stackoverflow.cannot },
  sdkbin: { start: startSdkbin, faults: sdkbin.faults, cannot: sdkbin.cannot },
  website: { start: startWebsite, faults: website.faults, cannot: website.cannot },
};

/** An organisation, of three pages where `pages` is set, and one single repository: two targets, one query at a time. */
async function startGithub({ world, pages, now }: UpstreamOptions): Promise<Upstream> {
  const secret = { name: `TOKEN_OF_${world}`, value: `ghp_${world}0123456789abcdefghijklmn` };
  const single = { name: `${world}-user/single`, id: 7 };
  const repositories = [...github.manyRepositories(world, pages ? 250 : 3), single];
  const standIn = await github.startGithub({ repositories, token: secret.value, limit: 1_000_000, now });
  return {
    standIn,
    secret,
    entry: {
      type: 'github',
      token: `\${${secret.name}}`,
      orgs: [{ name: world }],
      repos: [single.name],
      baseUrl: standIn.url,
    },
    truth: (instance) => [
      ...repositories.map(repositoryRow),
      { measurement: 'github_rate_limit', tags: { provider: instance }, fields: { limit: 1_000_000, ...standIn.points } },
    ],
  };
}

/** One repository, of which only the traffic of 14 days is asked for, by REST: its days are like them. */
async function startGithubTraffic({ world, now }: UpstreamOptions): Promise<Upstream> {
  const secret = { name: `TRAFFIC_TOKEN_OF_${world}`, value: `github_pat_${world}0123456789abcdefghijklmn` };
  const repo = `${world}visited/site`;
  const traffic = {
    referrers: [{ referrer: 'Google', count: 40, uniques: 30 }],
    paths: [{ path: `/${repo}`, title: 'A site', count: 90, uniques: 20 }],
  };
  const standIn = await github.startGithub({ repositories: [{ name: repo, traffic }], token: secret.value, restLimit: 1_000_000, now });
  return {
    standIn,
    secret,
    entry: {
      type: 'github',
      token: `\${${secret.name}}`,
      repos: [repo],
      traffic: true,
      only: ['github_referrer', 'github_path'],
      baseUrl: standIn.url,
    },
    truth: (): readonly Row[] => [
      { measurement: 'github_referrer', tags: { repo, referrer: 'Google' }, fields: { views: 40, unique_views: 30 } },
      { measurement: 'github_path', tags: { repo, path: `/${repo}` }, fields: { title: 'A site', views: 90, unique_views: 20 } },
    ],
  };
}

function repositoryRow(one: GithubRepository): Row {
  const is = github.numbersOf(one);
  return {
    measurement: 'github_repository',
    tags: { repo: one.name },
    fields: {
      stars: is.stars,
      forks: is.forks,
      watchers: is.watchers,
      open_issues: is.openIssues,
      closed_issues: is.closedIssues,
      total_issues: is.openIssues + is.closedIssues,
      open_prs: is.openPrs,
      closed_prs: is.closedPrs,
      merged_prs: is.mergedPrs,
      total_prs: is.openPrs + is.closedPrs + is.mergedPrs,
      is_archived: is.archived,
      is_template: is.template,
      is_fork: is.fork,
      disk_usage_kb: is.diskUsage ?? Number.NaN,
      repo_id: String(is.id),
      created_at: moment(is.createdAt),
      updated_at: moment(is.updatedAt),
      pushed_at: moment(is.pushedAt ?? ''),
    },
  };
}

function moment(text: string): string {
  return new Date(text).toISOString();
}

/** A package, and an owner of five more on three pages: two targets at once, each asked of two search endpoints. */
async function startNuget({ world }: UpstreamOptions): Promise<Upstream> {
  const secret = { name: `PASSWORD_OF_${world}`, value: `pass-${world}-0123456789` };
  const owned = Array.from({ length: 5 }, (_, index) => packageOf(`${world}.Owned.${index}`, [world], 1000 + 100 * index));
  const packages = [packageOf(`${world}.Named`, ['somebody'], 9000), ...owned];
  const standIn = await nuget.startNuget({ packages, pageSize: 2 });
  const serviceIndex = standIn.serviceIndex.replace('http://', `http://ada:\${${secret.name}}@`);
  return {
    standIn,
    secret,
    entry: { type: 'nuget', packages: [`${world}.named`], owners: [world], versions: true, serviceIndex },
    truth: () => packages.flatMap(packageRows),
  };
}

function packageOf(id: string, owners: readonly string[], downloads: number): nuget.NugetPackage {
  return {
    id,
    owners,
    versions: [
      { version: '1.0.0', downloads },
      { version: '2.0.0-beta.1', downloads: 40 },
    ],
  };
}

/** Two packages, two targets: of the one's name there are more, and it is on the second page. The address as a whole is the variable. */
async function startSdkbin({ world }: UpstreamOptions): Promise<Upstream> {
  const key = `key-of-${world}-0123456789`;
  const names = ['Kit.Testing', 'Kit.Hosting', 'Kit', 'Other'];
  const packages = names.map((name, index) => packageOf(`${world}.${name}`, ['petabridge'], 50 + 10 * index));
  const standIn = await sdkbin.startSdkbin({ packages, pageSize: 2, key });
  const secret = { name: `FEED_OF_${world}`, value: key, text: standIn.feed };
  const wanted = packages.slice(2);
  return {
    standIn,
    secret,
    entry: { type: 'sdkbin', feed: `\${${secret.name}}`, packages: wanted.map(({ id }) => id) },
    truth: () => wanted.map((one) => packageRow('sdkbin_package', one)),
  };
}

function packageRow(measurement: string, { id, versions }: nuget.NugetPackage): Row {
  const total = versions.reduce((sum, { downloads }) => sum + downloads, 0);
  const fields = { total_downloads: total, version_count: versions.length, latest_version: versions.at(-1)?.version ?? '' };
  return { measurement, tags: { package: id }, fields };
}

/** As the endpoint tells it that is not behind. */
function packageRows(one: nuget.NugetPackage): readonly Row[] {
  const { id, versions } = one;
  return [
    packageRow('nuget_package', one),
    ...versions.map(({ version, downloads }) => ({
      measurement: 'nuget_package_version',
      tags: { package: id, version },
      fields: { downloads },
    })),
  ];
}

/** One site, which must say its welcome where it is not `light`. */
async function startWebsite({ world, timeout = '10s', light }: UpstreamOptions): Promise<Upstream> {
  const secret = { name: `KEY_OF_${world}`, value: `probe-key-${world}-0123456789` };
  const standIn = await website.startWebsite();
  const page = await fetch(standIn.url);
  const bytes = (await page.arrayBuffer()).byteLength;
  return {
    standIn,
    secret,
    entry: {
      type: 'website',
      sites: [
        {
          name: world,
          url: `${standIn.url}/`,
          ...(!light && { match: website.welcome }),
          headers: { 'x-probe-key': `\${${secret.name}}` },
        },
      ],
      timeout,
    },
    truth: () => [
      {
        measurement: 'website_check',
        tags: { site: world },
        fields: { up: true, reason: 'ok', status: 200, bytes, redirects: 0, ...(!light && { matched: true }) },
      },
    ],
  };
}

/** An upstream that is closed with the test. */
export async function started(provider: ProviderName, options: UpstreamOptions): Promise<Upstream & AsyncDisposable> {
  const upstream = await kinds[provider].start(options);
  return { ...upstream, [Symbol.asyncDispose]: () => upstream.standIn.close() };
}

export function faultOf(provider: ProviderName, name: FaultName): Fault {
  const fault = kinds[provider].faults[name];
  if (!fault) throw new Error(`${provider} has no fault ${name}`);
  return fault;
}
