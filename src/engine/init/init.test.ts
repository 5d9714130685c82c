import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { providers } from '../../providers/index.ts';
import { sinks } from '../../sinks/index.ts';
import { loadConfig } from '../config/load.ts';
import { UsageError } from '../usage-error.ts';
import { type Answers, type Init, openInit, type Typed } from './init.ts';

let dir: string;
let init: Init;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kpi-init-'));
  init = await openInit({ cwd: dir, providers, sinks, action: 'ada/kpi@v1' });
});
afterEach(() => rmSync(dir, { recursive: true }));

const some: Readonly<Record<string, Typed>> = {
  github: { 'orgs[].name': 'petabridge' },
  nuget: { 'owners[]': 'petabridge' },
  website: { 'sites[].url': 'https://getakka.net' },
  influxdb: { url: 'http://localhost:8086', org: 'petabridge' },
};

function answers(more: Partial<Answers> = {}): Answers {
  return { providers: ['github'], sinks: ['sqlite'], every: '4h', workflow: true, settings: some, ...more };
}

/** What a person would answer who takes over every example, and every default. */
function examples(name: string): Typed {
  let typed: Typed = {};
  for (let next = init.questions(name, typed)[0]; next; next = init.questions(name, typed).find((one) => !(one.setting in typed))) {
    const answer = next.example ?? next.default ?? next.choices?.[0];
    expect(answer, `${name}.${next.setting} has an example, a default or choices`).toBeDefined();
    typed = { ...typed, [next.setting]: answer ?? '' };
    expect(init.problem(name, typed, next)).toBeUndefined();
  }
  return typed;
}

/** The question of a setting. */
function question(name: string, setting: string, typed: Typed = {}) {
  const found = init.questions(name, typed).find((one) => one.setting === setting);
  if (!found) throw new Error(`${name} does not ask for ${setting}`);
  return found;
}

describe('every integration', () => {
  it('says what is asked for it: examples and defaults for answers make an entry that is valid', () => {
    for (const { name } of [...init.providers, ...init.sinks]) {
      expect(init.problems(answers({ providers: [], sinks: [name], settings: { [name]: examples(name) } }))).toEqual([]);
    }
  });

  it('has a name of its own, by which --set knows it', () => {
    const names = [...init.providers, ...init.sinks].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the config', () => {
  it('is valid for every choice of providers and sinks, names no secret, and says its schema', async () => {
    const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,9}$/);
    const words = fc.array(word, { minLength: 1, maxLength: 3 }).map((all) => [...new Set(all.map((one) => one.toLowerCase()))]);
    const settings = fc.record({
      github: fc.record({
        'orgs[].name': words.map(String),
        'repos[]': words.map((all) => all.map((one) => `${one}/${one}.net`).join(' ')),
      }),
      nuget: fc.record({ 'owners[]': words.map(String), 'packages[]': words.map(String) }),
      website: fc.record({ 'sites[].url': words.map((all) => all.map((one) => `https://${one}.example`).join(', ')) }),
      sqlite: fc.record({ path: word.map((one) => `${one}.db`) }),
      file: fc.record({ path: word.map((one) => `${one}.ndjson`) }),
      influxdb: fc.record({
        server: fc.constantFrom('influxdb2', 'influxdb3', 'victoriametrics'),
        url: word.map((one) => `http://${one}.example`),
        org: word,
        bucket: word,
      }),
    });
    // Of an integration that no words are made for above, the examples are taken.
    const usual = Object.fromEntries([...Object.keys(providers), ...Object.keys(sinks)].map((name) => [name, examples(name)]));
    const chosen = (names: readonly string[]) => fc.subarray([...names], { minLength: 1 });
    const every = fc.constantFrom('5m', '15m', '90m', '1h', '4h', '1d', '3d', '1w', '1mo');
    const all = fc.record({
      providers: chosen(Object.keys(providers)),
      sinks: chosen(Object.keys(sinks)),
      every,
      workflow: fc.boolean(),
      settings,
    });
    await fc.assert(
      fc.asyncProperty(all, async ({ settings: own, ...rest }) => {
        const given = { ...rest, settings: { ...usual, ...own } };
        expect(init.problems(given)).toEqual([]);
        expect(init.everyProblem(given.every, true)).toBeUndefined();
        const { files, variables } = init.plan(given);
        const text = files.find(({ shown }) => shown === 'kpi.config.json')?.text ?? '';
        writeFileSync(join(dir, 'kpi.config.json'), text);
        // As an address with a key in it, which one of them has to be.
        const env = Object.fromEntries(variables.map(({ name }) => [name, 'https://a.example/auth/a-value-for-the-test/v3/index.json']));
        const config = await loadConfig({ cwd: dir, env, providers, sinks, select: {} });
        expect(config.warnings).toEqual([]);
        expect(config.providers.map(({ name }) => name)).toEqual(given.providers);
        expect(config.sinks.map(({ name }) => name)).toEqual(given.sinks);
        expect(config.run.every?.text).toBe(given.every);
        expect(JSON.parse(text).$schema).toBe('./node_modules/kpi/kpi.config.schema.json');
        expect(config.secrets.length > 0).toBe(variables.length > 0);
        for (const { name } of variables) expect(text).toContain(`\${${name}}`);
        const example = files.find(({ shown }) => shown === '.env.example')?.text ?? '';
        for (const { name } of variables) expect(example).toMatch(new RegExp(`^${name}=$`, 'm'));
        expect(files.some(({ shown }) => shown.endsWith('kpi.yml'))).toBe(given.workflow);
      }),
      { numRuns: 60 },
    );
  });
});

describe('an answer', () => {
  it.each([
    ['github', 'orgs[].name', { 'orgs[].name': 'ok, a/b' }, 'a/b: must be the login of a user or an organisation, as in github.com/LOGIN'],
    ['github', 'repos[]', { 'repos[]': 'a/b x' }, 'x: must be "owner/name"'],
    ['github', 'repos[]', { 'orgs[].name': '', 'repos[]': '' }, 'one of the questions about github needs an answer'],
    ['github', 'orgs[].name', { 'orgs[].name': '' }, undefined],
    ['github', 'repos[]', { 'orgs[].name': 'ada', 'repos[]': '' }, undefined],
    ['github', 'orgs[].name', { 'orgs[].name': 'Ada, ada' }, 'ada: ada stands twice in "orgs"'],
    ['website', 'sites[].url', { 'sites[].url': '' }, 'this needs an answer'],
    [
      'website',
      'sites[].url',
      { 'sites[].url': 'getakka.net' },
      'getakka.net: not an address: write it in full, as in https://example.org/',
    ],
    ['influxdb', 'url', { url: 'localhost' }, 'localhost: must be an http or https address'],
    ['influxdb', 'url', { url: '${INFLUX_URL}' }, undefined],
    ['influxdb', 'org', { url: 'http://localhost', org: '' }, 'this needs an answer'],
    ['sqlite', 'path', { path: '' }, undefined],
  ])('%s, %s: %j → %s', (name, setting, typed, problem) => {
    expect(init.problem(name, typed, question(name, setting, typed))).toBe(problem);
  });

  it('never is a secret: none is written into a file', () => {
    const problems = (name: string, typed: Typed) =>
      init.problems(answers({ providers: [], sinks: [name], settings: { [name]: { ...some[name], ...typed } } }));
    expect(problems('github', { token: 'ghp_0123456789' })).toEqual([
      { path: 'providers.github.token', message: 'is a secret, and none is written into files: give it as ${NAME}, and set that variable' },
    ]);
    expect(problems('influxdb', { url: 'http://ada:lovelace@localhost' })[0]?.path).toBe('sinks.influxdb.url');
    expect(problems('nuget', { serviceIndex: 'https://ada:${WORD}@feed.example/index.json' })).toEqual([]);
    expect(JSON.stringify(problems('influxdb', { url: 'http://ada:lovelace@localhost' }))).not.toContain('lovelace');
  });

  it('never is a secret in the default of a variable, or beside one', () => {
    const problems = (name: string, typed: Typed) =>
      init.problems(answers({ providers: [name], sinks: [], settings: { [name]: { ...some[name], ...typed } } }));
    for (const token of ['${GITHUB_TOKEN:-ghp_0123456789}', 'abc${X}']) {
      expect(problems('github', { token }).map(({ path }) => path)).toEqual(['providers.github.token']);
    }
    expect(problems('github', { token: '${A:-${B}}' })).toEqual([]);
    expect(problems('website', { 'sites[].url': 'https://a.b.example?token=abcdefghijklmnop' })).toEqual([
      {
        path: 'providers.website.sites',
        message: 'holds a secret, "token" of an address, and none is written into files: give it as ${NAME}, and set that variable',
      },
    ]);
    expect(problems('website', { 'sites[].url': 'https://a.b.example?token=${TOKEN}' })).toEqual([]);
  });

  it.each(['constructor', '__proto__.x', '__proto__', 'toString'])('%s, which every object has, is told of once', (setting) => {
    const typed = JSON.parse(`{ "owners[]": "petabridge", ${JSON.stringify(setting)}: "1" }`);
    const found = init.problems(answers({ providers: ['nuget'], sinks: [], settings: { nuget: typed } }));
    expect(found.map(({ path }) => path)).toEqual([`providers.nuget.${setting.split('.')[0]}`]);
  });

  it('is told of all that no setting can be', () => {
    const typed = { ...some.github, size: '5', batchSize: 'many', required: 'perhaps', freshness: '1d' };
    const found = init.problems(answers({ settings: { github: typed } })).map(({ path }) => path);
    expect(found.sort()).toEqual(['batchSize', 'freshness', 'required', 'size'].map((key) => `providers.github.${key}`));
  });

  it('of how often is checked, for the workflow too', () => {
    expect(init.everyProblem('7h', true)).toMatch(/^must be a period/);
    expect(init.everyProblem('1m', true)).toMatch(/GitHub starts none more often than every 5m/);
    expect(init.everyProblem('1m', false)).toBeUndefined();
  });
});

describe('the plan', () => {
  const states = (plan: ReturnType<Init['plan']>) => plan.files.map(({ shown, state }) => [shown, state]);

  it('names every file, and what has become of it', () => {
    expect(states(init.plan(answers()))).toEqual([
      ['kpi.config.json', 'new'],
      ['.env.example', 'new'],
      ['.github/workflows/kpi.yml', 'new'],
    ]);
    mkdirSync(join(dir, '.git'));
    writeFileSync(join(dir, '.gitignore'), 'node_modules/\n');
    writeFileSync(join(dir, '.env.example'), 'MINE=\n');
    expect(states(init.plan(answers()))).toEqual([
      ['kpi.config.json', 'new'],
      ['.env.example', 'exists'],
      ['.github/workflows/kpi.yml', 'new'],
      ['.gitignore', 'added'],
    ]);
    init.write(init.plan(answers()).files);
    expect(states(init.plan(answers()))).toEqual([
      ['kpi.config.json', 'same'],
      ['.env.example', 'same'],
      ['.github/workflows/kpi.yml', 'same'],
    ]);
    expect(readFileSync(join(dir, '.gitignore'), 'utf8')).toBe(
      'node_modules/\n\n# kpi\n.env\n.kpi/\n/kpi.db\n/kpi.db-wal\n/kpi.db-shm\n/kpi.db-journal\n/kpi.db.lock\n',
    );
  });

  it('has neither variables nor a workflow where none is needed', () => {
    const plan = init.plan(answers({ providers: ['nuget'], workflow: false }));
    expect(states(plan)).toEqual([['kpi.config.json', 'new']]);
    expect(plan.variables).toEqual([]);
  });

  it('puts the workflow into the root of the repository, and says there where the config is', async () => {
    mkdirSync(join(dir, '.git'));
    const folder = join(dir, 'tools', 'kpi');
    mkdirSync(folder, { recursive: true });
    const inner = await openInit({ cwd: folder, providers, sinks, action: 'ada/kpi@v1' });
    mkdirSync(join(dir, 'node_modules', 'kpi'), { recursive: true });
    writeFileSync(join(dir, 'node_modules/kpi/kpi.config.schema.json'), '{}');
    const { files } = inner.plan(answers({ sinks: ['sqlite', 'file'] }));
    const workflow = files.find(({ shown }) => shown === '../../.github/workflows/kpi.yml');
    expect(files[0]?.text).toContain('"$schema": "../../node_modules/kpi/kpi.config.schema.json"');
    expect(workflow?.path).toBe(join(dir, '.github/workflows/kpi.yml'));
    expect(workflow?.text).toContain(
      'working-directory: "tools/kpi"\n          state-files: |\n            kpi.db\n            points.ndjson\n            .kpi\n',
    );
  });

  it('knows every variable once, under a name that a secret of a repository may have', () => {
    const { variables, unready } = init.plan(
      answers({ sinks: ['influxdb'], settings: { ...some, influxdb: { ...some.influxdb, url: '${INFLUX_URL:-${FALLBACK}}' } } }),
    );
    expect(variables.map(({ name, secret }) => [name, secret])).toEqual([
      ['GITHUB_TOKEN', 'KPI_GITHUB_TOKEN'],
      ['INFLUX_URL', 'INFLUX_URL'],
      ['FALLBACK', 'FALLBACK'],
      ['INFLUX_TOKEN', 'INFLUX_TOKEN'],
    ]);
    expect(unready).toEqual(['influxdb']);
  });

  it('gives secrets names that GitHub takes, whose case it does not see', () => {
    const github = { ...some.github, baseUrl: 'https://${github_x}/${GitHub_X}/${KPI_GITHUB_X}/${other}' };
    const plan = init.plan(answers({ settings: { github } }));
    const secrets = Object.fromEntries(plan.variables.map(({ name, secret }) => [name, secret]));
    expect(secrets).toEqual({
      github_x: 'KPI_GITHUB_X',
      GitHub_X: 'KPI_GITHUB_X_2',
      KPI_GITHUB_X: 'KPI_GITHUB_X_3',
      other: 'OTHER',
      GITHUB_TOKEN: 'KPI_GITHUB_TOKEN',
    });
    const text = plan.files.find(({ shown }) => shown.endsWith('kpi.yml'))?.text;
    expect(text).toContain('github_x: ${{ secrets.KPI_GITHUB_X }}');
    expect(text).not.toMatch(/secrets\.github_/i);
  });

  it.each(['my kpi.db', './größe.db', 'data/kpi.db'])('has the database %s kept by the workflow and left alone by git', (path) => {
    mkdirSync(join(dir, '.git'));
    const plan = init.plan(answers({ settings: { ...some, sqlite: { path } } }));
    const name = path.replace('./', '');
    expect(plan.files.find(({ shown }) => shown.endsWith('kpi.yml'))?.text).toContain(
      `          state-files: |\n            ${name}\n            .kpi\n`,
    );
    expect(plan.files.find(({ shown }) => shown === '.gitignore')?.text).toContain(`\n/${name}\n/${name}-wal\n`);
    expect(plan.files.some(({ shown }) => shown === 'data/.gitkeep')).toBe(name === 'data/kpi.db');
    expect(plan.notes).toEqual([]);
  });

  it('says which file the workflow cannot keep', () => {
    const plan = init.plan(answers({ settings: { ...some, sqlite: { path: '../data.db' } } }));
    expect(plan.notes).toEqual([
      '../data.db is not in the folder of the config: a workflow cannot keep it, and each run begins without it',
    ]);
    expect(plan.files.find(({ shown }) => shown.endsWith('kpi.yml'))?.text).not.toContain('data.db');
  });

  it('sees another config that the new one would hide', () => {
    expect(init.plan(answers()).hides).toBeUndefined();
    writeFileSync(join(dir, 'package.json'), '{ "kpi": {} }');
    expect(init.plan(answers()).hides).toBe('"kpi" of package.json');
    writeFileSync(join(dir, 'kpi.config.yaml'), 'providers: {}');
    expect(init.plan(answers()).hides).toBe('kpi.config.yaml');
  });

  it.each(['.env.example', '.gitignore', 'kpi.config.json'])('refuses a folder, and a link to nothing, where %s should be', (name) => {
    mkdirSync(join(dir, '.git'));
    mkdirSync(join(dir, name));
    expect(() => init.plan(answers())).toThrow(new UsageError(`${name} is no file: kpi init would write one there; move it away`));
    rmSync(join(dir, name), { recursive: true });
    symlinkSync('nowhere', join(dir, name));
    expect(() => init.plan(answers())).toThrow(
      new UsageError(`${name} is a link to what is not there: kpi init would write one there; move it away`),
    );
    expect(existsSync(join(dir, 'nowhere'))).toBe(false);
    rmSync(join(dir, name));
    symlinkSync(name, join(dir, name));
    expect(() => init.plan(answers())).toThrow(/ cannot be read: its symbolic links go in a circle; /);
  });

  // Nothing is closed to root.
  it.skipIf(process.getuid?.() === 0).each(['.gitignore', 'kpi.config.json'])('refuses a %s that cannot be read', (name) => {
    mkdirSync(join(dir, '.git'));
    writeFileSync(join(dir, name), '', { mode: 0o200 });
    expect(() => init.plan(answers())).toThrow(new RegExp(`^${name} cannot be read: permission denied; `));
  });
});
