import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Config } from '../src/engine/config/config.ts';
import { loadConfig } from '../src/engine/config/load.ts';
import { ownMeasurements } from '../src/engine/own-points.ts';
import { providers } from '../src/providers/index.ts';
import { sinks } from '../src/sinks/index.ts';
import { madeUpFolder } from '../src/testing/made-up.ts';
import { configs, files, folder, pages, readShown } from './run-it/files.ts';
import { parseYaml } from './yaml-schema.ts';

const kubernetes = parseYaml(readShown('kubernetes/cronjob.yaml'));

describe('the pages of docs/run-it', () => {
  it('are all in its index', () => {
    const index = readShown('README.md');
    expect(['github-actions.md', ...pages].filter((page) => !index.includes(`](${page})`))).toEqual([]);
  });

  it.each(pages)('%s shows its files as they are', (page) => {
    expect(blocksUnlikeFiles(page, readShown(page))).toEqual([]);
  });

  it.each(pages)('%s names each of its files', (page) => {
    const text = readShown(page);
    expect(filesOf(page).filter((file) => !text.includes(`](${file})`))).toEqual([]);
  });

  it('that show something else are found', () => {
    const page = readShown('systemd.md');
    expect(blocksUnlikeFiles('systemd.md', page.replace('Persistent=true', 'Persistent=false'))).toEqual([
      '# /etc/systemd/system/kpi.timer',
    ]);
  });
});

function filesOf(page: string): readonly string[] {
  return files.filter((file) => file.startsWith(page.replace('.md', '/')));
}

/** The first lines of the blocks that are no file of the page's folder. What is to be typed (sh), or is printed (text), is none. */
function blocksUnlikeFiles(page: string, text: string): readonly string[] {
  const contents = new Set(filesOf(page).map(readShown));
  const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].filter(([, language]) => language !== 'sh' && language !== 'text');
  return blocks.map(([, , block = '']) => block).flatMap((block) => (contents.has(block) ? [] : [block.split('\n', 1)[0] ?? '']));
}

/** Loads a config of the pages. What is a path on another machine is one in a folder of the test's own. */
async function load(text: string): Promise<Config> {
  await using made = await madeUpFolder({});
  for (const name of ['config', 'data', 'secrets', 'lib']) mkdirSync(join(made.dir, name));
  for (const name of ['github-token', 'influxdb-token']) writeFileSync(join(made.dir, 'secrets', name), 'a-token-of-the-pages\n');
  const here = text
    .replaceAll('/run/secrets/', join(made.dir, 'secrets/'))
    .replaceAll('/data/', join(made.dir, 'data/'))
    .replaceAll('/var/lib/kpi/', join(made.dir, 'lib/'));
  writeFileSync(join(made.dir, 'config/kpi.config.json'), here);
  const env = {
    GITHUB_TOKEN: 'a-token-of-the-pages',
    INFLUX_TOKEN: 'a-token-of-influxdb',
    INFLUX_URL: 'https://influx.example.com',
    CREDENTIALS_DIRECTORY: join(made.dir, 'secrets'),
  };
  return await loadConfig({ cwd: join(made.dir, 'config'), env, providers, sinks, own: ownMeasurements, select: {} });
}

it.each(pages.filter((page) => filesOf(page).some((file) => readShown(file).includes('"influxdb"'))))(
  '%s says how the bucket is made, which its config writes to',
  (page) => {
    expect(readShown(page)).toMatch(/^.*\bdb init$/m);
  },
);

describe('the configs of the pages', () => {
  it.each([...configs(kubernetes)])('%s is valid, without a warning', async (_, text) => {
    const config = await load(text);
    expect(config.warnings).toEqual([]);
    expect(config.run.every?.text).toBe('4h');
  });

  it('are as many as there are places that need one', () => {
    expect([...configs(kubernetes).keys()]).toEqual([
      'azure/kpi.config.json',
      'compose/kpi.config.json',
      'docker/kpi.config.json',
      'gitlab-ci/kpi.config.json',
      'systemd/kpi.config.json',
      'kubernetes/cronjob.yaml',
    ]);
  });
});

describe('schedules', () => {
  it('are every four hours, at the same odd minute, everywhere', () => {
    expect(readShown('cron/kpi.cron')).toMatch(/^7 \*\/4 \* \* \* {2}kpi {2}cd \/srv\/kpi && /m);
    expect(readShown('systemd/kpi.timer')).toMatch(/^OnCalendar=\*-\*-\* 00\/4:07:00 UTC$/m);
    expect(readShown('kubernetes/cronjob.yaml')).toMatch(/^ {2}schedule: "7 \*\/4 \* \* \*"$/m);
    expect(readShown('azure/job.yaml')).toMatch(/^ +cronExpression: "7 \*\/4 \* \* \*"$/m);
  });

  it('leave a run the time that it has, and 5 s', async () => {
    const longest = 10 * 60 + 5;
    const { run } = await load([...configs(kubernetes).values()].at(-1) ?? '');
    expect(run.timeoutMs / 1000 + 5).toBe(longest);
    const seconds = [/activeDeadlineSeconds: (\d+)/, /replicaTimeout: (\d+)/].flatMap((pattern) =>
      ['kubernetes/cronjob.yaml', 'azure/job.yaml'].flatMap((file) => pattern.exec(readShown(file))?.[1] ?? []),
    );
    expect(seconds.map(Number)).toEqual([900, 900]);
    expect(readShown('systemd/kpi.service')).toContain('TimeoutStartSec=15min');
    expect(readShown('gitlab-ci/gitlab-ci.yml')).toContain('timeout: 20 minutes');
    expect(900).toBeGreaterThan(longest);
  });
});

describe('the image', () => {
  const dockerfile = readShown('docker/Dockerfile');

  it('is made from one Node, by its digest, which GitLab uses too', () => {
    const [, digest] = /^FROM (node:24-slim@sha256:[0-9a-f]{64}) AS node$/m.exec(dockerfile) ?? [];
    expect(digest).toBeDefined();
    expect(dockerfile.match(/^FROM (?!node( AS \w+)?$)/gm)).toHaveLength(1);
    expect(readShown('gitlab-ci/gitlab-ci.yml')).toContain(`image: ${digest}\n`);
  });

  it('runs as a number that is not root, and writes /data alone', () => {
    expect(dockerfile).toMatch(/^USER 1000:1000$/m);
    expect(dockerfile).toMatch(/KPI_STATE_DIR=\/data\//);
    expect(dockerfile.match(/^VOLUME .*$/gm)).toEqual(['VOLUME /data']);
    expect(dockerfile).toMatch(/^ENTRYPOINT \["node", "\/kpi\/bin\/run.js"\]$/m);
  });

  it('is given all that is in the package for running, and nothing else of the folder', () => {
    const ignore = readShown('docker/Dockerfile.dockerignore').split('\n');
    const root = join(folder, '../..');
    const scripts: Record<string, string> = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;
    expect(ignore.find((line) => line !== '' && !line.startsWith('#'))).toBe('*');
    const read = ['package.json', 'package-lock.json', '.npmrc', 'bin/run.js', 'src', 'kpi.config.schema.json'];
    const built = (scripts.build ?? '').split(' ').filter((word) => /\.(json|ts)$/.test(word));
    expect([...read, ...built].filter((name) => !ignore.includes(`!${name}`))).toEqual([]);
  });
});

describe('the dashboard', () => {
  const dashboard = JSON.parse(readShown('compose/grafana/dashboards/kpi.json'));
  const [source] = parseYaml(readShown('compose/grafana/datasources/influxdb.yaml')) as [{ datasources: { uid: string }[] }];

  it('asks for measurements, fields and tags that there are', async () => {
    const { providers: configured } = await load(readShown('compose/kpi.config.json'));
    const declared = new Map(
      [...ownMeasurements, ...configured.flatMap((one) => one.provider.measurements(one.settings))].map((one) => [one.name, one]),
    );
    const asked = dashboard.panels.flatMap((panel: { targets: { query: string }[]; fieldConfig: { defaults: { displayName: string } } }) =>
      panel.targets.map(({ query }) => ({
        measurement: /_measurement == "(\w+)"/.exec(query)?.[1] ?? '',
        field: /_field == "(\w+)"/.exec(query)?.[1] ?? '',
        tag: /labels\.(\w+)/.exec(panel.fieldConfig.defaults.displayName)?.[1],
      })),
    ) as readonly { measurement: string; field: string; tag: string | undefined }[];
    expect(asked.length).toBeGreaterThan(7);
    for (const { measurement, field, tag } of asked) {
      expect(Object.keys(declared.get(measurement)?.fields ?? {}), measurement).toContain(field);
      if (tag !== undefined) expect(Object.keys(declared.get(measurement)?.tags ?? {}), measurement).toContain(tag);
    }
  });

  it('asks the source that is provisioned', () => {
    const uids = new Set(JSON.stringify(dashboard).match(/(?<="type":"influxdb","uid":")[^"]+/g));
    expect([...uids]).toEqual([source.datasources[0]?.uid]);
  });
});
