import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasPty } from '../src/testing/pty.ts';
import { newPlace, type Place, steady } from './e2e/place.ts';
import { bare, isStyled, onTerminal, screenOf } from './e2e/terminal.ts';
import { gate, startUpstreams, toGithub, toNuget, type Upstreams } from './e2e/upstreams.ts';

const config = {
  providers: { github: { ...toGithub, orgs: [{ name: 'petabridge' }] }, nuget: { ...toNuget, owners: ['petabridge'] } },
};

let upstreams: Upstreams;
let place: Place;

beforeAll(async () => {
  upstreams = await startUpstreams();
});
afterAll(() => upstreams.close());
beforeEach(() => upstreams.nuget.misbehave(undefined));
beforeEach(() => {
  place = newPlace({ 'kpi.config.json': config }, upstreams.env);
  return () => place[Symbol.asyncDispose]();
});

function start(args: readonly string[], options: { readonly env?: Record<string, string>; readonly redirect?: string } = {}) {
  return onTerminal(args, { cwd: place.dir, ...options, env: { ...upstreams.env, ...options.env } });
}

/** Without it these tests are not run: Debian has it in the package bsdutils, which every system has. */
describe.runIf(hasPty)('kpi on a terminal (by script of util-linux)', () => {
  it('has a line of each instance while it works, and in their place the report', async () => {
    const opened = gate();
    upstreams.nuget.misbehave(opened);
    const terminal = start(['collect']);
    await terminal.shows('github  ok · 1/1 target · 4 points');
    await terminal.shows('nuget   connecting');
    opened.open();
    const { code, sent } = await terminal.ended;
    expect(code).toBe(0);
    expect(bare(sent)).toContain('nuget   ok · 1/1 target · 2 points');
    expect(isStyled(sent)).toBe(true);
    const screen = steady(screenOf(sent)).split('\n');
    expect(screen.map((line) => line.trimEnd())).toEqual([
      'Run RUN  at WHEN  6 points  TOOK',
      'OK, exit 0: all that was required was collected and delivered',
      '',
      'PROVIDER  STATUS  TARGETS  POINTS  PROBLEMS  REQUESTS  RETRIES  TIME  QUOTA',
      'github  ok  1  4  0  1  0  TOOK  4,999/5,000',
      'nuget  ok  1  2  0  3  0  TOOK',
      '',
      'SINK  STATUS  OFFERED  ACCEPTED  REJECTED  PENDING  LOST  BACKLOG  TIME',
      'local  ok  6  6  0  0  0  0  TOOK',
      '',
    ]);
    // The cursor is given back.
    expect(sent.lastIndexOf('\u001b[?25h')).toBeGreaterThan(sent.lastIndexOf('\u001b[?25l'));
  });

  it('with its report in a file leaves the lines where they are, and no colour in the file', async () => {
    const { code, sent } = await start(['collect'], { redirect: '> report.txt' }).ended;
    expect(code).toBe(0);
    expect(screenOf(sent)).toMatch(/^✔ github {2}ok · 1\/1 target · 4 points\n✔ nuget {3}ok · 1\/1 target · 2 points\n\s*$/);
    expect(place.read('report.txt')).toMatch(/^Run \S+ {2}at /);
    expect(place.read('report.txt')).not.toContain('\u001b');
  });

  it('NO_COLOR: draws, and colours nothing', async () => {
    const { code, sent } = await start(['collect'], { env: { NO_COLOR: '1' } }).ended;
    expect(code).toBe(0);
    expect(bare(sent)).toContain('✔ nuget   ok · 1/1 target · 2 points');
    expect(isStyled(sent)).toBe(false);
  });

  it('--json: draws nothing, and prints one document', async () => {
    const { code, sent } = await start(['collect', '--json']).ended;
    expect(code).toBe(0);
    expect(sent).not.toContain('\u001b');
    expect(JSON.parse(sent)).toMatchObject({ status: 'ok' });
  });

  it('writes its lines there when a file sink does; the report stands below', async () => {
    place.write('kpi.config.json', { ...config, sinks: { out: { type: 'file', path: '-' } } });
    const { code, sent } = await start(['collect']).ended;
    expect(code).toBe(0);
    const lines = bare(sent).split('\n');
    const points = lines.filter((line) => line.startsWith('{'));
    expect(points.map((line) => JSON.parse(line).measurement)).toHaveLength(6 + 3);
    expect(lines.findLastIndex((line) => line.startsWith('{'))).toBeLessThan(lines.findIndex((line) => line.startsWith('Run ')));
  });

  it('Ctrl-C: the report of what was collected, and exit code 130', async () => {
    const opened = gate();
    upstreams.nuget.misbehave(opened);
    const terminal = start(['collect']);
    await terminal.shows('github  ok · 1/1 target · 4 points');
    await opened.reached;
    terminal.type('\u0003');
    const { code, sent } = await terminal.ended;
    opened.open();
    expect(code).toBe(130);
    expect(screenOf(sent)).toContain('INTERRUPTED, exit 130: stopped by SIGINT; what was collected was delivered or kept in the outbox');
    expect(place.rows('select repo from github_repository')).toHaveLength(3);
  });

  it('asks before it drops what is in the outbox', async () => {
    place.write('kpi.config.json', { ...config, sinks: { sqlite: { path: 'kpi.db', autoInit: false } } });
    expect((await place.kpi(['collect', '--quiet'])).code).toBe(75);
    const question = 'This gives up 9 points of sqlite, for good. Type yes to go on: ';
    async function answered(answer: string) {
      const terminal = start(['outbox', 'drop']);
      await terminal.shows(question);
      terminal.type(`${answer}\r`);
      return await terminal.ended;
    }
    const kept = await answered('no');
    expect(kept.code).toBe(0);
    expect(bare(kept.sent)).toContain('Nothing was dropped.');
    const dropped = await answered('yes');
    expect(dropped.code).toBe(0);
    expect(bare(dropped.sent)).toContain('sqlite: 9 points dropped');
    expect((await place.kpi(['outbox', 'list'])).stdout).toBe('The outbox is empty.\n');
  });

  it('a wrong flag: the sentence in colour', async () => {
    const { code, sent } = await start(['collect', '--quiett']).ended;
    expect(code).toBe(64);
    expect(sent).toBe('\u001b[31mkpi:\u001b[39m unknown flag --quiett; did you mean "--quiet"?\r\n');
  });
});
