import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { flat, newPlace, type Place } from './e2e/place.ts';
import { startUpstreams, toNuget, type Upstreams } from './e2e/upstreams.ts';

// The program is started up to ten times in a test.
vi.setConfig({ testTimeout: 90_000 });

const store = join(import.meta.dirname, 'children/exec-store.js');
const secret = 'a-secret-of-the-store';

let upstreams: Upstreams;
beforeAll(async () => {
  upstreams = await startUpstreams();
});
afterAll(() => upstreams.close());

/** A run of two points into a program, which is a script of the shell. */
function placeOf(script: string, more: object = {}): Place {
  const config = {
    providers: { nuget: { ...toNuget, owners: ['petabridge'] } },
    sinks: { mine: { type: 'exec', command: ['sh', '-c', script], secrets: { STORE_TOKEN: '${STORE_TOKEN}' }, ...more } },
  };
  return newPlace({ 'kpi.config.json': config }, { ...upstreams.env, STORE_TOKEN: secret });
}

const offered = 2;
/** `kpi_run`, and `kpi_provider_run`. */
const own = 2;

describe('a program that takes points', () => {
  it('has all of them, and those of the run itself', async () => {
    await using place = placeOf('cat >> points.ndjson');
    const { code, stdout } = await place.kpi(['collect', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).sinks).toMatchObject([{ name: 'mine', type: 'exec', offered, accepted: offered, backlog: 0 }]);
    const measurements = place
      .read('points.ndjson')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).measurement);
    expect(measurements).toEqual(['nuget_package', 'nuget_package', 'kpi_run', 'kpi_provider_run']);
  });

  it('is not started by a dry run, nor by doctor', async () => {
    await using place = placeOf('touch was-run; cat > points.ndjson');
    expect((await place.kpi(['collect', '--dry-run'])).code).toBe(0);
    const { stdout } = await place.kpi(['doctor']);
    expect(flat(stdout)).toMatch(/the program sh \(\S+\/sh\) is there and may be run; it was not run/);
    expect(place.files()).toEqual(expect.not.arrayContaining(['was-run']));
    await place.kpi(['collect']);
    expect(place.files()).toContain('was-run');
  });
});

describe('a program that fails', () => {
  it('shows no secret by what it says, and its points wait', async () => {
    await using place = placeOf('cat > all; echo "no right for $STORE_TOKEN" >&2; exit 1');
    const { code, stdout, stderr } = await place.kpi(['collect', '--json']);
    expect(code).toBe(75);
    expect(stdout + stderr).not.toContain(secret);
    const message = 'sh ended with exit code 1: no right for ***';
    expect(JSON.parse(stdout).sinks).toMatchObject([
      { status: 'pending', pending: offered, backlog: offered + own, problems: [{ message }] },
    ]);
    const list = await place.kpi(['outbox', 'list']);
    expect(flat(list.stdout)).toContain(`Pending because mine: ${message}`);
  });

  it('by 75 gets its points again in the same run', async () => {
    await using place = placeOf('cat > part; if [ -e tried ]; then cat part >> points.ndjson; else touch tried; exit 75; fi');
    const { code, stdout } = await place.kpi(['collect', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).sinks).toMatchObject([{ accepted: offered, backlog: 0, problemCount: 0 }]);
    expect(place.read('points.ndjson').trimEnd().split('\n')).toHaveLength(offered + own);
  });

  it('that is not there is told of, and its points wait', async () => {
    await using place = placeOf('', { command: ['./nobody'] });
    const { code, stdout } = await place.kpi(['collect', '--json']);
    expect(code).toBe(75);
    const [problem] = JSON.parse(stdout).sinks[0].problems;
    expect(problem.message).toBe(`there is no program ./nobody at ${join(place.dir, 'nobody')}: check "command"`);
  });
});

describe('the outbox of a sink', () => {
  it('is sent and dropped by run, by sink, and by what was rejected', async () => {
    const sink = (file: string) => ({ command: [process.execPath, store, file] });
    await using place = placeOf('', sink('points.ndjson'));
    const { sinks, ...config } = JSON.parse(place.read('kpi.config.json'));
    place.write('kpi.config.json', { ...config, sinks: { ...sinks, other: { ...sinks.mine, ...sink('other.ndjson') } } });
    place.write('kpi.config.broken.json', {
      ...config,
      sinks: { mine: { ...sinks.mine, command: ['false'] }, other: { ...sinks.mine, command: ['false'] } },
    });
    const run = async () =>
      JSON.parse((await place.kpi(['collect', '--config', 'kpi.config.broken.json', '--json'])).stdout).runId as string;
    const runs = [await run(), await run(), await run()];
    const pending = async () =>
      Object.fromEntries(
        JSON.parse((await place.kpi(['outbox', 'list', '--json'])).stdout).map((one: { sink: string; pending: number }) => [
          one.sink,
          one.pending,
        ]),
      );
    const each = offered + own;
    expect(await pending()).toEqual({ mine: 3 * each, other: 3 * each });

    const runsIn = (file: string) =>
      place.files().includes(file)
        ? [
            ...new Set(
              place
                .read(file)
                .trimEnd()
                .split('\n')
                .map((line) => JSON.parse(line).runId as string),
            ),
          ]
        : [];
    // What is left is older than what was sent: it is asked for by name.
    const sent = await place.kpi(['outbox', 'send', '--sink', 'mine', '--run', runs[1] as string]);
    expect(flat(sent.stdout)).toContain(`mine pending ${each} 0 ${2 * each}`);
    expect(sent.code).toBe(75);
    expect([runsIn('points.ndjson'), runsIn('other.ndjson')]).toEqual([[runs[1]], []]);

    const dropped = await place.kpi(['outbox', 'drop', '--sink', 'other', '--run', runs[0] as string, '--yes']);
    expect(dropped.stdout).toBe(`other: ${each} points dropped\n`);
    expect(await pending()).toEqual({ mine: 2 * each, other: 2 * each });
    expect((await place.kpi(['outbox', 'drop', '--sink', 'other', '--run', runs[0] as string, '--yes'])).stdout).toBe(
      'There was nothing to drop.\n',
    );

    expect((await place.kpi(['outbox', 'send'])).code).toBe(0);
    expect(await pending()).toEqual({});
    expect([runsIn('points.ndjson'), runsIn('other.ndjson')]).toEqual([[runs[1], runs[0], runs[2]], runs.slice(1)]);
  });
});
