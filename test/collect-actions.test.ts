import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstOnly, transportFault } from '../src/testing/stand-in.ts';
import { newPlace, type Place } from './e2e/place.ts';
import { startUpstreams, toGithub, toNuget, type Upstreams } from './e2e/upstreams.ts';

const program = fileURLToPath(new URL('../bin/run.js', import.meta.url));
const github = { ...toGithub, orgs: [{ name: 'petabridge' }] };
const nuget = { ...toNuget, owners: ['petabridge'], packages: ['Gone'] };

let upstreams: Upstreams;
beforeAll(async () => {
  upstreams = await startUpstreams();
});
afterAll(() => upstreams.close());

/** A step of a job: its folder, and what the runner sets. */
function stepOf(config: object) {
  const place = newPlace({ 'kpi.config.json': config }, upstreams.env);
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_STEP_SUMMARY: join(place.dir, 'summary.md'),
    GITHUB_OUTPUT: join(place.dir, 'output.txt'),
  };
  return { place, env };
}

const read = (place: Place, name: string) => readFileSync(join(place.dir, name), 'utf8');
const commandsIn = (text: string) => text.split('\n').filter((line) => line.trimStart().startsWith('::') || line.includes('##['));

describe('kpi collect in GitHub Actions', () => {
  it('writes the summary and the outputs, and annotates what failed', async () => {
    const { place, env } = stepOf({ providers: { nuget } });
    await using _ = place;
    const { code, stdout, stderr } = await place.kpi(['collect', '--report', 'report.json'], { env });
    expect(code).toBe(3);
    expect(stdout).toContain('PARTIAL, exit 3: ');
    const report = JSON.parse(read(place, 'report.json'));
    expect(read(place, 'summary.md')).toMatch(
      /^## kpi: partial\n[\s\S]*### nuget: partial\n\n- error, package Gone: [\s\S]*\| nuget \| partial \|/,
    );
    expect(read(place, 'output.txt')).toMatch(
      new RegExp(`^status<<(\\S+)\npartial\n\\1\nrun-id<<\\1\n${report.runId}\n\\1\nreport<<\\1\n`),
    );
    expect(read(place, 'output.txt')).toContain(`\n${join(place.dir, 'report.json')}\n`);
    expect(commandsIn(stderr)).toEqual([
      expect.stringMatching(/^::error title=kpi nuget%3A partial::package Gone: no package Gone is listed/),
    ]);
    expect(commandsIn(stdout)).toEqual([]);
  });

  it('tells why nothing was started', async () => {
    const { place, env } = stepOf({ providers: { nuget: { ...nuget, packges: ['Akka'] } } });
    await using _ = place;
    const { code, stderr } = await place.kpi(['collect', '--json'], { env });
    expect(code).toBe(78);
    expect(read(place, 'summary.md')).toMatch(/^## kpi: failed\n\nExit 78: .*nothing was started\n\n- providers\.nuget\.packges: /);
    expect(read(place, 'output.txt')).toMatch(/^status<<(\S+)\nfailed\n\1\n/);
    expect(commandsIn(stderr)).toEqual([
      expect.stringMatching(/^::error title=kpi::.*nothing was started$/),
      expect.stringMatching(/^::error title=kpi::providers\.nuget\.packges: /),
    ]);
  });

  it('is verbose where the runner is', async () => {
    const { place, env } = stepOf({ providers: { nuget: { ...nuget, packages: [] } } });
    await using _ = place;
    // The service index is asked first; what it is asked again for is told of where someone wants to know.
    const once = () => upstreams.nuget.misbehave(firstOnly(transportFault('500-then-well')));
    once();
    const calm = await place.kpi(['collect'], { env });
    once();
    const told = await place.kpi(['collect'], { env: { ...env, RUNNER_DEBUG: '1' } });
    upstreams.nuget.misbehave(undefined);
    expect([calm.code, told.code]).toEqual([0, 0]);
    expect(calm.stderr).not.toContain('waits before another try');
    expect(told.stderr).toContain('waits before another try');
    expect((await place.kpi(['collect', '--quiet'], { env: { ...env, RUNNER_DEBUG: '1' } })).stderr).toBe('');
  });

  it('has a secret masked that did not come by the environment, and a run inside the run tell nothing', async () => {
    const inner = { providers: { nuget } };
    const token = 'a-token-that-nobody-gave';
    // The command that finds the token runs kpi, which fails in part, in the same folder and with the same environment.
    const script = `'${process.execPath}' '${program}' collect --config inner.json --quiet >inner.log 2>&1; printf '%s' '${token}'`;
    const { place, env } = stepOf({ providers: { github: { ...github, token: { command: ['sh', '-c', script] } } } });
    await using _ = place;
    place.write('inner.json', JSON.stringify({ ...inner, run: { stateDir: 'inner' } }));
    const { code, stdout, stderr } = await place.kpi(['collect'], { env });
    expect(read(place, 'inner.log')).toContain('PARTIAL, exit 3: ');
    expect(commandsIn(read(place, 'inner.log'))).toEqual([]);
    expect(read(place, 'summary.md').match(/## kpi/g)).toHaveLength(1);
    expect(commandsIn(stderr)[0]).toBe(`::add-mask::${token}`);
    expect((stdout + stderr).split(token)).toHaveLength(2);
    // The upstream knows another token.
    expect(code).toBe(1);
  });
});
