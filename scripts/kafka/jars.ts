import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const pom = fileURLToPath(new URL('pom.xml', import.meta.url));
const caches = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));

/** The folder with the broker's jars, fetched by Maven where it is not there yet; or why there is none. */
export function kafkaJars(): { readonly jars: string } | { readonly missing: string } {
  const [, version = ''] = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([\d.]+)</.exec(readFileSync(pom, 'utf8')) ?? [];
  const jars = `${caches}/kafka-${version}`;
  if (!runs('java', ['-version']))
    return { missing: 'java is not installed here; to install it: apt-get install -y openjdk-17-jre-headless' };
  if (existsSync(jars)) return { jars };
  if (!runs('mvn', ['-version'])) return { missing: 'maven is not installed here; to install it: apt-get install -y maven' };
  const began = performance.now();
  const unfinished = `${jars}.part`;
  rmSync(unfinished, { recursive: true, force: true });
  const options = ['-B', '-q', '-f', pom, '-Dmaven.artifact.threads=16'];
  const copied = spawnSync(
    'mvn',
    [...options, 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${unfinished}`],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  if (copied.status !== 0 || !existsSync(unfinished)) return { missing: `Maven could not fetch Kafka ${version}` };
  renameSync(unfinished, jars);
  console.log(`Kafka ${version} was fetched in ${Math.round((performance.now() - began) / 1000)} s`);
  return { jars };
}

function runs(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
