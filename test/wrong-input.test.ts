import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPlace, program } from './e2e/place.ts';
import { startUpstreams, toGithub, toNuget, type Upstreams } from './e2e/upstreams.ts';

let upstreams: Upstreams;

beforeAll(async () => {
  upstreams = await startUpstreams();
});
afterAll(async () => {
  // Nothing of all this asks anybody for anything.
  expect(upstreams.github.requests).toEqual([]);
  expect(upstreams.nuget.requests).toEqual([]);
  await upstreams.close();
});

interface Wrong {
  /** Text, or what is written as JSON. */
  readonly files?: Readonly<Record<string, string | object>>;
  /** The content of kpi.config.json. */
  readonly config?: string | object;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly exit: 64 | 70 | 78;
  readonly says: string;
  /** `path: message` of each problem, as stderr lists them under the sentence. */
  readonly problems?: readonly string[];
}

const github = { ...toGithub, orgs: [{ name: 'petabridge' }] };
const nuget = { ...toNuget, owners: ['petabridge'] };
const well = { providers: { github, nuget } };
const oneProblem = 'kpi.config.json has a problem; nothing was started';

const configs: Readonly<Record<string, Wrong>> = {
  'no config': {
    exit: 78,
    says: 'there is no config in FOLDER: looked for kpi.config.json, kpi.config.yaml, kpi.config.js, kpi.config.mjs, kpi.config.ts and "kpi" in package.json; make one with kpi init, or name one with --config',
  },
  'a config with another name': {
    files: { 'kpi.config.yml': 'providers: {}' },
    exit: 78,
    says: 'there is no config in FOLDER: looked for kpi.config.json, kpi.config.yaml, kpi.config.js, kpi.config.mjs, kpi.config.ts and "kpi" in package.json; is "kpi.config.yml" meant? Name it with --config',
  },
  'a config that is not there': {
    args: ['--config', 'nope.json'],
    exit: 78,
    says: 'nope.json cannot be read: it does not exist',
  },
  'a config that is a folder': { args: ['--config', '.'], exit: 78, says: '. cannot be read: it is a folder' },
  'an empty config': { config: '', exit: 78, says: 'kpi.config.json is empty; kpi.config.example.json shows what a config looks like' },
  'broken JSON': {
    config: '{\n  "providers": {\n    "nuget": { "packages": ["Akka"], }\n  }\n}\n',
    exit: 78,
    says: 'kpi.config.json:3:38 is not well-formed JSON: there is a "," too many before "}"',
  },
  'JSON with a key twice': {
    config: '{\n  "providers": {\n    "nuget": {},\n    "nuget": {}\n  }\n}',
    exit: 78,
    says: 'kpi.config.json:4:5 is not well-formed JSON: the key "nuget" stands here a second time (providers.nuget)',
  },
  'broken YAML': {
    files: { 'kpi.config.yaml': 'providers:\n  nuget:\n    packages: [Akka\n  github: {}\n' },
    exit: 78,
    says: 'kpi.config.yaml:4:3 is not well-formed YAML: deficient indentation',
  },
  'a config that is a program and fails': {
    files: { 'kpi.config.mjs': 'export default {\n  providers: nobody,\n};\n' },
    exit: 78,
    says: 'kpi.config.mjs:2:14 cannot be loaded: nobody is not defined',
  },
  'unknown keys': {
    config: { provders: {}, providers: { github: { ...github, org: [] }, nuget: { ...nuget, package: ['Akka'], requird: false } } },
    exit: 78,
    says: 'kpi.config.json has 4 problems; nothing was started',
    problems: [
      'provders: is not known here; did you mean "providers"?',
      'providers.github.org: is not known here; did you mean "orgs"?',
      'providers.nuget.package: is not known here; did you mean "packages"?',
      'providers.nuget.requird: is not known here; did you mean "required"?',
    ],
  },
  'an unknown type of provider, and of sink': {
    config: { providers: { gihub: {}, news: { type: 'weather' } }, sinks: { db: { type: 'sqllite', path: 'kpi.db' } } },
    exit: 78,
    says: 'kpi.config.json has 3 problems; nothing was started',
    problems: [
      'providers.gihub: there is no provider "gihub"; did you mean "github"?',
      'providers.news.type: there is no provider "weather"; choose another: github, google-analytics, mailchimp, nuget, reddit, sdkbin, stackoverflow, website',
      'sinks.db.type: there is no sink "sqllite"; did you mean "sqlite"?',
    ],
  },
  'no provider': {
    config: {},
    exit: 78,
    says: oneProblem,
    problems: [
      'providers: names no provider; add one of github, google-analytics, mailchimp, nuget, reddit, sdkbin, stackoverflow, website',
    ],
  },
  'values of the wrong kind': {
    config: { run: { every: '5h', concurrency: 0 }, providers: { nuget: { packages: 'Akka', serviceIndex: 'here' } } },
    exit: 78,
    says: 'kpi.config.json has 4 problems; nothing was started',
    problems: [
      'run.every: must be a period that divides 24 h or is whole days, such as 15m, 4h, 1d, 1w or 1mo',
      'run.concurrency: must be at least 1',
      'providers.nuget.packages: must be a list, not a string',
      'providers.nuget.serviceIndex: must be an http or https address',
    ],
  },
  'a tag that a measurement has already': {
    config: { ...well, tags: { package: 'x' } },
    exit: 78,
    says: oneProblem,
    problems: ['tags.package: is already a tag of nuget_package; choose another name'],
  },
  'a variable that is not set': {
    config: well,
    env: { GITHUB_TOKEN: undefined },
    exit: 78,
    says: oneProblem,
    problems: ['providers.github.token: the variable GITHUB_TOKEN is not set; set it in the environment or in the file of --env-file'],
  },
  'variables that are not set, of what is selected alone': {
    config: { ...well, sinks: { influxdb: { url: '${INFLUX_URL}', org: 'a', bucket: 'b', token: '${INFLUX_TOKEN:?make one}' } } },
    args: ['--providers', 'nuget'],
    env: { GITHUB_TOKEN: undefined, NUGET_INDEX: undefined },
    exit: 78,
    says: 'kpi.config.json has 3 problems; nothing was started',
    problems: [
      'providers.nuget.serviceIndex: the variable NUGET_INDEX is not set; set it in the environment or in the file of --env-file',
      'sinks.influxdb.url: the variable INFLUX_URL is not set; set it in the environment or in the file of --env-file',
      'sinks.influxdb.token: the variable INFLUX_TOKEN is not set: make one',
    ],
  },
  'a token that is empty in the environment': {
    config: well,
    env: { GITHUB_TOKEN: '' },
    exit: 78,
    says: oneProblem,
    problems: [
      'providers.github.token: the variable GITHUB_TOKEN is empty, which counts as not set; set it in the environment or in the file of --env-file',
    ],
  },
  'a token that is empty in the file': {
    config: { providers: { github: { ...github, token: '' } } },
    exit: 78,
    says: oneProblem,
    problems: ['providers.github.token: must not be empty'],
  },
  'a token whose file is not there': {
    config: { providers: { github: { ...github, token: { file: 'token.txt' } } } },
    exit: 78,
    says: oneProblem,
    problems: ['providers.github.token: is not to be had: the file token.txt cannot be read: it does not exist'],
  },
  'a token whose command fails': {
    config: { providers: { github: { ...github, token: { command: ['false'] } } } },
    exit: 78,
    says: oneProblem,
    problems: ['providers.github.token: is not to be had: the command false ended with exit code 1'],
  },
  'a program of a config that fails on its own': {
    files: { 'kpi.config.mjs': `Promise.reject(new Error('nobody waits for this'));\nexport default { providers: {} };\n` },
    exit: 70,
    says: 'Error: nobody waits for this',
  },
};

const flags: Readonly<Record<string, Wrong>> = {
  'an unknown command': { args: ['colect'], exit: 64, says: 'unknown command "colect"; did you mean "collect"?' },
  'a command of a later version': { args: ['export'], exit: 64, says: 'the command export is not in this version' },
  'an unknown command of a topic': { args: ['db', 'inti'], exit: 64, says: 'unknown command "db inti"; did you mean "db init"?' },
  'an unknown flag': { args: ['collect', '--provider', 'nuget'], exit: 64, says: 'unknown flag --provider; did you mean "--providers"?' },
  'a flag of a later version': { args: ['collect', '--shard', '1/2'], exit: 64, says: 'the flag --shard is not in this version' },
  'changes without a dry run': {
    args: ['collect', '--exit-on-change'],
    exit: 64,
    says: '--exit-on-change says what a dry run would change: add --dry-run',
  },
  'changes in a store that cannot be asked': {
    config: { ...well, sinks: { archive: { type: 'file', path: 'points.ndjson' } } },
    args: ['collect', '--dry-run', '--exit-on-change'],
    exit: 78,
    says: '--dry-run with --exit-on-change compares with a store, and no sink of the config can tell what it holds: add one of type sqlite or postgres',
  },
  'a flag without its value': { args: ['collect', '--at'], exit: 64, says: '--at needs a value' },
  'an argument too many': { args: ['collect', 'nuget'], exit: 64, says: 'unexpected argument "nuget"; see kpi collect --help' },
  'flags that exclude each other': {
    args: ['collect', '--quiet', '--verbose'],
    exit: 64,
    says: '--quiet and --verbose exclude each other',
  },
  'an unknown provider': {
    args: ['collect', '--providers', 'nugett'],
    exit: 64,
    says: '--providers: kpi.config.json has no provider "nugett"; did you mean "nuget"?',
  },
  'a provider that is disabled': {
    config: { providers: { github: { ...github, enabled: false }, nuget } },
    args: ['collect', '--providers', 'github'],
    exit: 64,
    says: '--providers: "github" is disabled in kpi.config.json; remove its "enabled": false',
  },
  'an unknown sink': {
    args: ['collect', '--sinks', 'lokal'],
    exit: 64,
    says: '--sinks: kpi.config.json has no sink "lokal"; did you mean "local"?',
  },
  'an unknown measurement': {
    args: ['collect', '--measurements', 'nuget_packages'],
    exit: 64,
    says: '--measurements nuget_packages is none of what is collected: did you mean nuget_package?',
  },
  'a measurement of what is not selected': {
    args: ['collect', '--providers', 'nuget', '--measurements', 'github_*'],
    exit: 64,
    says: '--measurements github_* is none of what is collected (nuget_package)',
  },
  'a time that is none': {
    args: ['collect', '--at', 'tomorow'],
    exit: 64,
    says: '--at tomorow is not a time: write 2026-11-21T20:00Z, -4h, today or yesterday',
  },
  'a date that is none': {
    args: ['collect', '--at', '2026-02-30'],
    exit: 64,
    says: '--at 2026-02-30 is not a time: write 2026-11-21T20:00Z, -4h, today or yesterday',
  },
  'a time to come': { args: ['collect', '--at', '2999-01-01'], exit: 64, says: '--at 2999-01-01 is ahead of the clock, which shows WHEN' },
  'a backfill that ends before it begins': {
    args: ['collect', '--from', '2026-07-01', '--to', '2026-01-01'],
    exit: 64,
    says: '--from 2026-07-01 is not before --to 2026-01-01: there is nothing between them',
  },
  'a backfill of what is to come': {
    args: ['collect', '--from', '2999-01-01'],
    exit: 64,
    says: '--from 2999-01-01 is ahead of the clock, which shows WHEN',
  },
  'a backfill of what the upstream has forgotten': {
    config: { ...well, providers: { github: { ...github, traffic: true } } },
    args: ['collect', '--from', '2020-01-01', '--to', '2020-02-01'],
    exit: 64,
    says: 'there is nothing to ask for before 2020-02-01T00:00:00.000Z: github_traffic goes back 14d',
  },
  'a backfill of what has no past': {
    args: ['collect', '--from', '-7d', '--providers', 'nuget'],
    exit: 64,
    says: 'there is nothing to backfill: nuget has no history',
  },
  'a chunk of zero': {
    args: ['collect', '--from', '-7d', '--chunk', '0d', '--plan'],
    exit: 64,
    says: '--chunk 0d is no length of a chunk: write 1d, 7d or another number of days, 1w or 1mo',
  },
  'an end without a beginning': {
    args: ['collect', '--to', 'yesterday'],
    exit: 64,
    says: '--to needs --from, which says where a backfill begins',
  },
  'a timeout that is none': {
    args: ['collect', '--timeout', 'soon'],
    exit: 64,
    says: '--timeout soon is not a duration up to 24h: write 90s, 10m or 4h',
  },
  'an unknown word for --fail-on': {
    args: ['collect', '--fail-on', 'sometimes'],
    exit: 64,
    says: '--fail-on takes any, required or never, not "sometimes"',
  },
  'a report in a folder that is not there': {
    args: ['collect', '--report', 'no/report.json'],
    exit: 64,
    says: '--report no/report.json: the folder FOLDER/no is not there, or cannot be written to',
  },
  'a report that would be a folder': { args: ['collect', '--report', '.'], exit: 64, says: '--report . is a folder: name a file' },
  'a file sink and the report, both on standard output': {
    config: { ...well, sinks: { out: { type: 'file', path: '-' } } },
    args: ['collect'],
    exit: 78,
    says: 'sinks.out writes to standard output, which --json needs for the report: leave one of them out',
    problems: ['sinks.out.path: writes to standard output, which --json needs for the report: leave one of them out'],
  },
};

/** Said of stderr, stdout (with --json) and the folder, of each of them. */
async function check({ config, files, args = ['collect'], env, exit, says, problems = [] }: Wrong) {
  const given = { ...files, ...(config !== undefined && { 'kpi.config.json': config }) };
  await using place = newPlace(given, upstreams.env);
  const named = (text: string) => text.replaceAll(place.dir, 'FOLDER').replaceAll(/(?<=shows )\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'WHEN');
  const { code, stdout, stderr } = await place.kpi([...args, '--json'], env === undefined ? {} : { env });
  // A problem that the sentence has told is not told again.
  const listed = problems.filter((one) => !says.includes(messageOf(one)));
  if (exit === 70) expect(stderr).toMatch(new RegExp(`^kpi: this is a defect in kpi itself: ${says}\nRun it again with --verbose .*\n$`));
  else expect(named(stderr)).toBe(`kpi: ${says}\n${listed.map((one) => `  ${one}\n`).join('')}`);
  expect(code).toBe(exit);
  expect(JSON.parse(named(stdout))).toEqual({
    schemaVersion: 1,
    exitCode: exit,
    error: {
      kind: exit === 64 ? 'usage' : exit === 78 ? 'config' : 'defect',
      message: says,
      problems: problems.map((one) => ({ path: one.slice(0, one.indexOf(': ')), message: messageOf(one) })),
    },
  });
  expect(place.files()).toEqual(Object.keys(given).sort());
}

function messageOf(problem: string): string {
  return problem.slice(problem.indexOf(': ') + 2);
}

describe.concurrent('a wrong config: one sentence, its exit code, and nothing is started', () => {
  it.each(Object.entries(configs))('%s', async (_, { args = [], ...wrong }) => {
    await check({ ...wrong, args: ['collect', ...args] });
  });
});

describe.concurrent('wrong flags: one sentence, 64, and nothing is started', () => {
  it.each(Object.entries(flags))('%s', async (_, wrong) => {
    await check({ config: well, ...wrong });
  });

  it('says it on stderr alone without --json', async () => {
    await using place = newPlace({ 'kpi.config.json': well }, upstreams.env);
    const run = await place.kpi(['collect', '--provder', 'x']);
    expect(run).toMatchObject({ code: 64, stdout: '', stderr: 'kpi: unknown flag --provder; did you mean "--providers"?\n' });
  });

  it('an --env-file that is not there', async () => {
    await using place = newPlace({ 'kpi.config.json': well }, upstreams.env);
    // Without `--`, Node itself looks for a flag of this name, also after the program's: https://github.com/nodejs/node/issues/54232
    const run = await place.shell(`'${process.execPath}' -- '${program}' collect --env-file nope.env`);
    expect(run).toMatchObject({ code: 78, stdout: '', stderr: 'kpi: the file nope.env of --env-file cannot be read: it does not exist\n' });
    const usual = await place.kpi(['collect', '--env-file', 'nope.env']);
    expect(usual.code).not.toBe(0);
    expect(usual.stderr).toContain('nope.env');
    expect(place.files()).toEqual(['kpi.config.json']);
  });
});
