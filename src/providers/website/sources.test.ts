import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { collectAll, createTestContext } from '../../testing/context.ts';
import { checkAll } from '../../testing/contract/check.ts';
import type { StandIn } from '../../testing/stand-in.ts';
import { startWebsite } from '../../testing/stand-ins/website/index.ts';
import { website } from './index.ts';
import type { Settings, Site } from './schema.ts';
import { openSources } from './sources.ts';

const dir = mkdtempSync(join(tmpdir(), 'kpi-sources-'));
let web: StandIn;

beforeAll(async () => {
  web = await startWebsite();
});
afterEach(() => web.misbehave(undefined));
afterAll(async () => {
  await web.close();
  rmSync(dir, { recursive: true });
});

function file(name: string, text: string | Uint8Array): { readonly file: string } {
  writeFileSync(join(dir, name), text);
  return { file: join(dir, name) };
}

async function collect(settings: object) {
  const seen = await collectAll(website, { timeout: '2s', ...settings });
  const short = (text: string) => text.replaceAll(web.url, 'WEB').replaceAll(`${dir}/`, '');
  return {
    ...seen,
    sites: seen.points.map(({ tags, fields }) => `${short(tags.site ?? '')} ${fields.reason}`),
    told: seen.problems.map(({ item, message }) => `${short(item)}: ${short(message)}`),
    noticed: seen.notices
      .filter(({ message }) => !message.startsWith('is down'))
      .map(({ item, message }) => `${short(item)}: ${short(message)}`),
    failed: Object.fromEntries([...seen.errors].map(([label, error]) => [short(label), short(error.message)])),
  };
}

describe('sites from files', () => {
  it.each([
    ['lines', 'all.txt', () => `# ours\n${web.url}/\n${web.url}/status/503\n`],
    ['CSV', 'all.csv', () => `url,name\n${web.url}/,\n${web.url}/status/503,""\n`],
    ['JSON', 'all.json', () => JSON.stringify([`${web.url}/`, { url: `${web.url}/status/503` }])],
  ])('of %s are checked beside those of the config, and are targets as they are', async (_, name, text) => {
    const settings = { sites: [{ url: `${web.url}/site/own` }], sitesFrom: [file(name, text())] };
    const { sites, labels, told, noticed, failed } = await collect(settings);
    expect(sites).toEqual(['WEB/site/own ok', 'WEB/ ok', 'WEB/status/503 status']);
    expect(labels).toEqual([`${web.url}/site/own`, `${web.url}/`, `${web.url}/status/503`]);
    expect([told, noticed, failed]).toEqual([[], [], {}]);
  });

  it('have what a column says', async () => {
    const text = `url,name,match,status,active\n${web.url}/,found,Welcome,,\n${web.url}/,missed,Goodbye,,true\n${web.url}/status/404,gone,,404 410,1\n${web.url}/site/x,off,,,no\n`;
    expect((await collect({ sitesFrom: [file('columns.csv', text)] })).sites).toEqual(['found ok', 'missed match', 'gone ok']);
  });

  it('have their pattern also where the column is called so', async () => {
    const csv = file('pattern.csv', `url,name,pattern\n${web.url}/,found,Welcome\n${web.url}/,missed,Goodbye\n`);
    const json = file('pattern.json', JSON.stringify([{ url: `${web.url}/`, name: 'json', pattern: 'Goodbye' }]));
    const { sites, noticed, told } = await collect({ sitesFrom: [csv, json] });
    expect([sites, noticed, told]).toEqual([['found ok', 'missed match', 'json match'], [], []]);
  });

  it('that are all switched off: a notice; one active, or one bad row, is told otherwise', async () => {
    const off = `url,active\n${web.url}/,no\n${web.url}/site/a,0\n`;
    const [all, some, bad] = [file('off.csv', off), file('some.csv', `${off}${web.url}/site/b,1\n`), file('off-bad.csv', `${off}bad,1\n`)];
    expect((await collect({ sitesFrom: [all] })).noticed).toEqual(['off.csv: names no active site: its rows (2) are all switched off']);
    expect((await collect({ sitesFrom: [some] })).noticed).toEqual([]);
    const { noticed, told } = await collect({ sitesFrom: [bad] });
    expect([noticed, told.length]).toEqual([[], 1]);
  });

  it('with a bad row: a problem with its number, and the others are checked', async () => {
    const text = `url,match\n${web.url}/,\nno-address,\n${web.url}/site/a,(open\n${web.url}/site/b\n"${web.url}/site/c,\n${web.url}/site/d,Welcome\n`;
    const { sites, told, failed } = await collect({ sitesFrom: [file('bad.csv', text)] });
    expect(sites).toEqual(['WEB/ ok', 'WEB/site/d ok']);
    expect(told).toEqual([
      'line 3 of bad.csv: url: not an address: write it in full, as in https://example.org/',
      'line 4 of bad.csv: match: not a regular expression: /(open/: Unterminated group',
      'line 5 of bad.csv: it has 1 cells, and the first line names 2',
      'line 6 of bad.csv: a quoted cell begins here that does not end',
    ]);
    expect(failed).toEqual({});
  });

  it('that are not UTF-8 lose the lines that are not', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${web.url}/\n${web.url}/site/caf`),
      Buffer.from([0xe9, 0x0a]),
      Buffer.from(`${web.url}/site/b`),
    ]);
    const { sites, told } = await collect({ sitesFrom: [file('latin1.txt', bytes)] });
    expect(sites).toEqual(['WEB/ ok', 'WEB/site/b ok']);
    expect(told).toEqual(['line 2 of latin1.txt: it holds bytes that are not UTF-8']);
  });

  it('with a pattern that never ends: an error of its site, and the others are checked', async () => {
    const text = `url,name,match\n${web.url}/spaces,bad,^(a+)+$\n${web.url}/spaces,good,a!\n`;
    const { sites, failed } = await collect({ sitesFrom: [file('hostile.csv', text)] });
    expect(sites).toEqual(['good ok']);
    expect(failed.bad).toContain('the pattern "^(a+)+$" did not end within 1s');
  });

  it('that are empty, gone or not well-formed are errors, and the other sources are read', async () => {
    const sitesFrom = [
      file('empty.txt', ''),
      { file: join(dir, 'gone.txt') },
      file('torn.json', '["https://a.exam'),
      file('well.txt', `${web.url}/`),
    ];
    const { sites, failed } = await collect({ sitesFrom });
    expect(sites).toEqual(['WEB/ ok']);
    expect(failed).toEqual({
      'sites from empty.txt': 'empty.txt names no site',
      'sites from gone.txt': expect.stringMatching(/^gone\.txt cannot be read: ENOENT/),
      'sites from torn.json': 'torn.json is not well-formed JSON, in line 1',
    });
  });

  it('of 100,000 lines: the first 50,000 are targets, and the rest is a problem', async () => {
    const { file: path } = file('long.txt', Array.from({ length: 100_000 }, (_, index) => `https://host-${index}.invalid/`).join('\n'));
    const { context, problems } = createTestContext(website, { sitesFrom: [{ file: path }] });
    const settings = website.settings.parse({ sitesFrom: [{ file: path }] });
    const session = await website.connect(settings, context);
    const [target] = website.targets(settings, { windows: {} });
    const children = (await session.expand?.(target, context)) ?? [];
    await session.close();
    expect(children).toHaveLength(50_000);
    expect(children.at(-1)).toEqual({ site: 'https://host-49999.invalid/', from: 0 });
    expect(problems).toEqual([
      { item: path, kind: 'config', message: 'more than 50000 rows are not taken: those from line 50001 on are not checked' },
    ]);
  });

  it('of 5,000 lines give others their turn while they are read', async () => {
    const text = Array.from({ length: 5000 }, (_, index) => `https://host-${index}.invalid/`).join('\n');
    const sitesFrom = [file('turns.txt', text)];
    const { context } = createTestContext(website, { sitesFrom });
    const sites = new Map<string, Site>();
    let isRead = false;
    const loading = openSources(website.settings.parse({ sitesFrom }) as Settings, sites)
      .load(0, context)
      .finally(() => {
        isRead = true;
      });
    let [last, longest] = [0, 0];
    while (!isRead) {
      await new Promise((resolve) => setImmediate(resolve));
      longest = Math.max(longest, sites.size - last);
      last = sites.size;
    }
    expect((await loading).sites).toHaveLength(5000);
    expect(longest).toBeLessThanOrEqual(500);
  });

  it('in which a row is removed stop to check it', async () => {
    const source = file('moving.txt', `${web.url}/site/a\n${web.url}/site/b\n`);
    expect((await collect({ sitesFrom: [source] })).sites).toEqual(['WEB/site/a ok', 'WEB/site/b ok']);
    file('moving.txt', `${web.url}/site/b\n`);
    const { sites, told, noticed, failed } = await collect({ sitesFrom: [source] });
    expect([sites, told, noticed, failed]).toEqual([['WEB/site/b ok'], [], [], {}]);
  });
});

describe('a site that is named more than once', () => {
  it('is checked once, as the first source says', async () => {
    const first = file('first.txt', `${web.url}/\n${web.url}/\n${web.url}/site/a\n`);
    const second = file('second.csv', `url,match\n${web.url}/site/a,\n${web.url}/site/b,\n${web.url}/site/own,\n`);
    const { sites, told, noticed } = await collect({ sites: [{ url: `${web.url}/site/own` }], sitesFrom: [first, second] });
    expect(sites).toEqual(['WEB/site/own ok', 'WEB/ ok', 'WEB/site/a ok', 'WEB/site/b ok']);
    expect([told, noticed]).toEqual([[], []]);
  });

  it('in two ways is told: a notice between sources, a problem within one', async () => {
    const first = file('one.csv', `url,match\n${web.url}/,Welcome\n${web.url}/,Goodbye\n`);
    const second = file('two.txt', `${web.url}/\n`);
    const { sites, told, noticed } = await collect({ sitesFrom: [first, second] });
    expect(sites).toEqual(['WEB/ ok']);
    expect(told).toEqual([
      'line 3 of one.csv: "WEB/" is checked as line 2 of one.csv says, which is otherwise: give one of them another name',
    ]);
    expect(noticed).toEqual([
      'line 1 of two.txt: "WEB/" is checked as line 2 of one.csv says, which is otherwise: give one of them another name',
    ]);
  });

  it('is taken from the second source where the first cannot be read', async () => {
    const { sites, failed } = await collect({ sitesFrom: [{ file: join(dir, 'gone.txt') }, file('there.txt', `${web.url}/`)] });
    expect(sites).toEqual(['WEB/ ok']);
    expect(Object.keys(failed)).toEqual(['sites from gone.txt']);
  });
});

describe('columns that mean nothing', () => {
  it('are told of once', async () => {
    const text = `url,macth,a,b,c,d,e\n${web.url}/,x,,,,,\n${web.url}/site/a,y,,,,,\n`;
    const { noticed } = await collect({ sitesFrom: [file('odd.csv', text)] });
    expect(noticed).toEqual([
      'odd.csv: what is called "macth", "a", "b", "c", "d" and 1 more is not read: known are url, name, match, absent, status, redirects, certificateDays, active',
    ]);
  });
});

describe('a target of an earlier run', () => {
  async function again(lines: string, target: object) {
    const source = file('again.txt', lines);
    const { context } = createTestContext(website, { sitesFrom: [source] });
    const session = await website.connect(website.settings.parse({ sitesFrom: [source] }), context);
    onTestFinished(() => session.close());
    expect(await session.expand?.(target, context)).toBeUndefined();
    const points = [];
    for await (const point of session.collect(target, context)) points.push(point);
    return points;
  }

  it('is found in its source again', async () => {
    expect(await again(`${web.url}/site/a\n`, { site: `${web.url}/site/a`, from: 0 })).toMatchObject([
      { tags: { site: `${web.url}/site/a` } },
    ]);
  });

  it('that no source names any more is an error', async () => {
    await expect(again(`${web.url}/\n`, { site: 'https://gone.example/', from: 0 })).rejects.toMatchObject({ kind: 'not-found' });
  });
});

it('the sources have names of their own', () => {
  const settings = website.settings.parse({
    sitesFrom: [
      { file: 'a.csv' },
      { file: 'b.csv' },
      { file: 'a.csv' },
      { postgres: 'postgres://kpi:pass-word@db/s', query: 'select url' },
    ],
  });
  const targets = website.targets(settings, { windows: {} });
  expect(targets.map((target) => website.label(target))).toEqual([
    'sites from a.csv (sitesFrom[0])',
    'sites from b.csv',
    'sites from a.csv (sitesFrom[2])',
    'sites from the database',
  ]);
  expect(JSON.stringify(targets)).not.toContain('pass-word');
});

describe('kpi doctor', () => {
  it('reads each source, and asks the first sites of all', async () => {
    const well = file('doctor.txt', `${web.url}/\n${web.url}/site/a\n`);
    const half = file('half.txt', `${web.url}/site/b\nno-address\nnor-this\n`);
    const sitesFrom = [well, half, { file: join(dir, 'gone.txt') }];
    const { findings } = await checkAll(website, { sites: [{ url: `${web.url}/site/own` }], sitesFrom });
    expect(findings).toEqual([
      { check: 'sources', status: 'ok', message: `${well.file}: 2 sites to check` },
      {
        check: 'sources',
        status: 'warning',
        message: `${half.file}: 1 site to check; line 2 of ${half.file}: url: not an address: write it in full, as in https://example.org/; and 1 more`,
        mend: 'correct it, or its entry in "sitesFrom"',
      },
      {
        check: 'sources',
        status: 'error',
        message: expect.stringContaining('gone.txt cannot be read'),
        mend: expect.stringContaining('"sitesFrom"'),
      },
      { check: 'access', status: 'ok', message: 'all 4 sites answer' },
    ]);
  });

  it('has no site to ask where no source names one', async () => {
    const { findings } = await checkAll(website, { sitesFrom: [file('none.txt', '#')] });
    expect(findings).toMatchObject([{ check: 'sources', status: 'error', message: expect.stringContaining('names no site') }]);
  });
});
