// `npm run demo`: the whole way, without any account. Stand-ins for all upstreams are started on loopback, a config is written
// into `demo/`, the built program runs on it as a user would run it, and three questions are asked of the database.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { manyRepositories, startGithub } from '../src/testing/stand-ins/github/index.ts';
import { createAccount, startGoogleAnalytics } from '../src/testing/stand-ins/google-analytics/index.ts';
import { startMailchimp } from '../src/testing/stand-ins/mailchimp/index.ts';
import { startNuget } from '../src/testing/stand-ins/nuget/index.ts';
import { postsOn, startReddit } from '../src/testing/stand-ins/reddit/index.ts';
import { startSdkbin } from '../src/testing/stand-ins/sdkbin/index.ts';
import { startStackoverflow } from '../src/testing/stand-ins/stackoverflow/index.ts';
import { startWebsite } from '../src/testing/stand-ins/website/index.ts';

const folder = fileURLToPath(new URL('../demo', import.meta.url));
const program = fileURLToPath(new URL('../bin/run.js', import.meta.url));

/** Days come from all that have a past, and are the same days. */
const byDay = `select substr(time, 1, 10) as day,
         sum(value) filter (where measurement = 'google_analytics_traffic' and field = 'sessions') as sessions,
         sum(value) filter (where measurement = 'stackoverflow_questions' and tags ->> 'tag' = 'akka.net') as questions,
         sum(value) filter (where measurement = 'reddit_posts' and field = 'posts') as posts,
         sum(value) filter (where measurement = 'mailchimp_list_activity' and field = 'subscribes') as subscribes
  from kpi_series
  group by day having sessions is not null
  order by day desc limit 5`;

const questions: readonly (readonly [string, string])[] = [
  [
    'Which repositories have the most stars?',
    'select repo, stars, open_issues, merged_prs from github_repository order by stars desc limit 5',
  ],
  ['What happened on the last days?', byDay],
  [
    'What is there of each measurement?',
    'select measurement, count(distinct series) as series, count(*) as "values", max(time) as newest from kpi_series group by measurement',
  ],
  [
    'Everything that is called akka, side by side, whatever it came from',
    `select measurement, field, coalesce(tags ->> 'repo', tags ->> 'package', tags ->> 'site') as who, value from kpi_series
     where lower(tags) like '%akka%' and field in ('stars', 'total_downloads', 'response_ms') order by measurement, field, who`,
  ],
];

const repositories = [
  { name: 'akkadotnet/akka.net', stars: 4700, forks: 1040 },
  { name: 'akkadotnet/Hyperion', stars: 275 },
  {
    name: 'petabridge/TurboMqtt',
    stars: 90,
    starredAt: lately(91)
      .slice(1)
      .reverse()
      .map((day) => `${day}T12:00:00Z`),
    releases: [{ tag: '0.2.0', assets: [{ name: 'turbomqtt.zip', downloads: 640 }] }],
    traffic: { views: Object.fromEntries(lately(14).map((day, ago) => [day, { count: 90 - ago, uniques: 30 - ago }])) },
  },
  ...manyRepositories('petabridge', 220),
];
const packages = [
  { id: 'Akka', owners: ['Akka', 'petabridge'], versions: [{ version: '1.5.50', downloads: 48_000_000 }] },
  { id: 'Akka.Hosting', owners: ['Akka', 'petabridge'], versions: [{ version: '1.5.50', downloads: 2_100_000 }] },
  { id: 'TurboMqtt', owners: 'petabridge', versions: [{ version: '0.2.0', downloads: 9100 }] },
];

const github = await startGithub({ repositories, token: 'a-token-for-the-demo' });
const account = createAccount();
const analytics = await startGoogleAnalytics({ properties: [{ id: '123456789', timeZone: 'UTC' }], account, now: () => new Date() });
const mailchimpKey = '0123456789abcdef0123456789abcdef-us1';
const mailchimp = await startMailchimp({
  key: mailchimpKey,
  lists: [{ id: 'a1b2c3d4e5', name: 'Akka News', days: lately(30), months: [1, 2, 3].map(monthAgo) }],
  campaigns: lately(30)
    .filter((_, place) => place % 7 === 1)
    .map((day, place) => ({ id: `campaign${place}`, title: `Akka News of ${day}`, list: 'a1b2c3d4e5', sent: `${day}T09:00:00+00:00` })),
  automations: [{ id: 'welcome', title: 'Welcome', list: 'a1b2c3d4e5' }],
});
const nuget = await startNuget({ packages });
const reddit = await startReddit({
  subreddits: [
    { name: 'dotnet', subscribers: 210_000, activeUsers: 320, posts: [30, 5, 3, 2, 1].flatMap((ago) => postsOn(dayAgo(ago), 40)) },
  ],
  clientId: 'an-app-for-the-demo',
  clientSecret: 'a-secret-for-the-demo',
});
const sdkbin = await startSdkbin({
  packages: [{ id: 'Akka.Clustered', owners: 'petabridge', versions: [{ version: '1.0.3', downloads: 310 }] }],
});
const stackoverflow = await startStackoverflow({
  tags: [
    { name: 'akka.net', questions: 1600, byDay: { [dayAgo(2)]: 3, [dayAgo(1)]: 2 } },
    { name: 'akka.net-streams', questions: 90 },
  ],
});
const website = await startWebsite();
try {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const config = {
    providers: {
      github: {
        token: `\${GITHUB_TOKEN}`,
        orgs: [{ name: 'petabridge' }],
        repos: ['akkadotnet/akka.net', 'akkadotnet/gone'],
        traffic: ['petabridge/TurboMqtt'],
        releases: ['petabridge/TurboMqtt'],
        stars: ['petabridge/TurboMqtt'],
        baseUrl: github.url,
      },
      'google-analytics': { properties: ['123456789'], credentials: `\${GOOGLE_KEY}`, transport: 'rest', baseUrl: analytics.url },
      mailchimp: { apiKey: `\${MAILCHIMP_API_KEY}`, baseUrl: mailchimp.url },
      nuget: { packages: ['Akka'], owners: ['petabridge'], serviceIndex: nuget.serviceIndex },
      reddit: {
        clientId: 'an-app-for-the-demo',
        clientSecret: `\${REDDIT_CLIENT_SECRET}`,
        userAgent: 'linux:com.example.kpi-demo:1.0 (by /u/somebody)',
        subreddits: ['dotnet'],
        baseUrl: reddit.url,
        authUrl: reddit.authUrl,
      },
      stackoverflow: { tagged: ['akka.net', 'akka.net-streams'], baseUrl: stackoverflow.baseUrl },
      sdkbin: { feed: `\${SDKBIN_FEED}`, packages: ['Akka.Clustered'] },
      website: {
        sites: [
          { name: 'akka-docs', url: `${website.url}/`, match: 'Welcome' },
          { name: 'down', url: `${website.url}/status/503` },
        ],
        sitesFrom: [{ file: 'sites.csv' }],
        required: false,
      },
    },
    sinks: { local: { type: 'sqlite', path: 'kpi.db' }, archive: { type: 'file', path: 'points.ndjson', only: ['github_*'] } },
  };
  writeFileSync(`${folder}/kpi.config.json`, `${JSON.stringify(config, undefined, 2)}\n`);
  writeFileSync(
    `${folder}/sites.csv`,
    `url,name,match,active\n${website.url}/site/akka,akka-blog,Welcome,yes\n${website.url}/old,old,,no\n`,
  );
  say(`demo/kpi.config.json is written. One of its repositories does not exist, and one of its sites is down, on purpose.`);
  // Of the day's beginning, so that the days which are asked for are the same at any hour.
  const exitCode = await kpi(['collect', '--at', 'today']);
  const database = new DatabaseSync(`${folder}/kpi.db`, { readOnly: true });
  for (const [question, sql] of questions) {
    say(question);
    console.log(sql.replaceAll(/\n\s*/g, ' '));
    console.table(database.prepare(sql).all());
  }
  const rows = Number(database.prepare('select count(*) as rows from github_repository').get()?.rows);
  database.close();
  if (exitCode !== 3 || rows !== 222) throw new Error(`the demo went wrong: exit code ${exitCode}, ${rows} repositories`);
  say('Exit code 3: everything was collected and delivered, but for one repository that does not exist. Look around in demo/.');
} finally {
  await Promise.all([github, analytics, mailchimp, nuget, reddit, sdkbin, stackoverflow, website].map((upstream) => upstream.close()));
}

/** The last days as Mailchimp writes them, the newest first. */
function lately(days: number): readonly string[] {
  return Array.from({ length: days }, (_, ago) => dayAgo(ago));
}

/** `2026-11-20`: so many days ago, UTC. */
function dayAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}

/** `2026-11`: so many months ago, UTC. */
function monthAgo(months: number): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months)).toISOString().slice(0, 7);
}

/** Runs the built program in the folder, on this terminal. */
function kpi(args: readonly string[]): Promise<number | null> {
  say(`$ kpi ${args.join(' ')}`);
  const env = {
    ...process.env,
    GITHUB_TOKEN: 'a-token-for-the-demo',
    GOOGLE_KEY: account.key,
    MAILCHIMP_API_KEY: mailchimpKey,
    REDDIT_CLIENT_SECRET: 'a-secret-for-the-demo',
    SDKBIN_FEED: sdkbin.feed,
  };
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
}

function say(text: string): void {
  console.log(`\n${styleText('bold', text)}`);
}
