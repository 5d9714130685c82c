import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonText } from '../../src/engine/init/config-text.ts';
import { providers } from '../../src/providers/index.ts';
import { hasPty, openPty, type Pty } from '../../src/testing/pty.ts';
import { flat, newPlace, type Place, program } from './place.ts';
import { startUpstreams, token, type Upstreams } from './upstreams.ts';

const down = '\u001b[B';
const enter = '\r';

let upstreams: Upstreams;
let place: Place;
/** Where the upstreams are: all that a user of the real ones would not say. */
let stoodIn: readonly string[];

beforeAll(async () => {
  upstreams = await startUpstreams();
  stoodIn = ['--set', `github.baseUrl=${upstreams.github.url}`, '--set', `nuget.serviceIndex=${upstreams.nuget.serviceIndex}`];
  place = newPlace({});
  execFileSync('git', ['init', '--quiet', place.dir]);
});
afterAll(async () => {
  await upstreams.close();
  await place[Symbol.asyncDispose]();
});

function kpi(...args: readonly string[]): Pty {
  return openPty([process.execPath, program, ...args], { cwd: place.dir, env: { GIT_CEILING_DIRECTORIES: place.dir } });
}

/** What a command left on the terminal, and how it ended. */
async function ended(...args: readonly string[]) {
  await using pty = kpi(...args);
  const code = await pty.ended;
  expect(
    pty
      .history()
      .split('\n')
      .filter((line) => line.length > 80),
  ).toEqual([]);
  return { code, shown: pty.history() };
}

/** One after the other, as a person would who has read nothing: each step is what the screen before it says. */
describe.runIf(hasPty)('the first day of a new user, on a terminal of 80 columns and 24 lines', () => {
  it('kpi collect says that there is no config yet, and what makes one', async () => {
    const { code, shown } = await ended('collect');
    expect(code).toBe(78);
    expect(flat(shown)).toContain('make one with kpi init');
  });

  it('kpi init asks, checks the answers, writes the files, and says what comes next', async () => {
    await using pty = kpi('init', ...stoodIn);
    const screens: string[] = [];
    /** Waits for a question, keeps its screen, and answers it. */
    async function answer(question: string, keys: string) {
      const isDrawn = () => pty.screen().includes(question) && /\n└[^\n]*$/.test(pty.screen());
      await pty.until(isDrawn, `it asked ${question}`);
      screens.push(pty.screen());
      pty.type(keys);
    }
    const places = Object.keys(providers);
    const [first, second] = [places.indexOf('github'), places.indexOf('nuget')];
    await answer('What shall be collected?', `${down.repeat(first)} ${down.repeat(second - first)} `);
    await answer('◼ nuget', enter);
    await answer('GitHub: organisations or users whose repositories are all collected', enter);
    await answer('GitHub: single repositories besides', `${enter}`);
    await answer('one of the questions about github needs an answer', `akka.net${enter}`);
    await answer('akka.net: must be "owner/name"', `\u0015akkadotnet/akka.net${enter}`);
    await answer('NuGet: owners whose packages are all collected', `petabridge${enter}`);
    await answer('NuGet: single packages besides', enter);
    await answer('Where shall the numbers go?', enter);
    await answer('SQLite: the database file', enter);
    await answer('How often?', enter);
    await answer('Shall GitHub Actions run it', enter);
    expect(await pty.ended).toBe(0);
    await expect(page(screens, pty.history())).toMatchFileSnapshot('../../docs/first-day.md');
    expect(place.files()).toEqual(['.env.example', '.git', '.github', '.gitignore', 'kpi.config.json']);
    // What is left on the screen is what to do next.
    expect(pty.screen()).toContain(
      'Next, on this machine\n  cp .env.example .env\n  # and put GITHUB_TOKEN into .env\n  kpi doctor --env-file .env\n',
    );
  });

  it('kpi doctor, too early, names the variable that is not set, and once it is, finds nothing in the way', async () => {
    copyFileSync(join(place.dir, '.env.example'), join(place.dir, '.env'));
    const early = await ended('doctor', '--env-file', '.env');
    expect(early.code).not.toBe(0);
    expect(flat(early.shown)).toContain('GITHUB_TOKEN');
    place.write('.env', place.read('.env').replace('GITHUB_TOKEN=', `GITHUB_TOKEN=${token}`));
    const { code, shown } = await ended('doctor', '--env-file', '.env');
    expect(shown).toMatch(/ 0 warnings, 0 errors,/);
    expect(code).toBe(0);
    expect(shown).not.toContain(token);
  });

  it('kpi collect brings the numbers, and kpi db status shows where they are', async () => {
    const { code, shown } = await ended('collect', '--env-file', '.env');
    expect(shown).toContain('OK, exit 0: all that was required was collected and delivered');
    expect(code).toBe(0);
    const { shown: status } = await ended('db', 'status', '--env-file', '.env');
    expect(status).toMatch(/github_repository +1 /);
  });

  it('the rows are there', async () => {
    expect(place.rows('select repo, stars from github_repository')).toEqual([{ repo: 'akkadotnet/akka.net', stars: 4700 }]);
    expect(place.rows('select package, total_downloads from nuget_package order by package')).toEqual([
      { package: 'Akka', total_downloads: 48_000_000 },
      { package: 'Akka.Hosting', total_downloads: 2_100_000 },
    ]);
    expect(place.rows("select count(*) as rows from kpi_series where measurement = 'github_repository'")[0]?.rows).toBeGreaterThan(5);
  });

  it('git sees the files that are for it, and no other', () => {
    const seen = execFileSync('git', ['-C', place.dir, 'ls-files', '--others', '--exclude-standard'], { encoding: 'utf8' });
    expect(seen.trim().split('\n').sort()).toEqual(['.env.example', '.github/workflows/kpi.yml', '.gitignore', 'kpi.config.json']);
  });
});

/** `docs/first-day.md`: what the person saw. `npx vitest run test/e2e/first-day.test.ts -u` writes it anew. */
function page(screens: readonly string[], all: string): string {
  const { providers: entries, ...rest } = JSON.parse(place.read('kpi.config.json'));
  const { baseUrl: _, ...github } = entries.github;
  const { serviceIndex: __, ...nuget } = entries.nuget;
  const { sinks, ...first } = rest;
  const config = jsonText({ ...first, providers: { github, nuget }, sinks });
  const workflow = place.read('.github/workflows/kpi.yml').replace(/cron: '\d+/, "cron: '17");
  const shown = (text: string) => `\`\`\`text\n${text}\n\`\`\``;
  return `<!-- Made by test/e2e/first-day.test.ts, which plays a person at a terminal; changes to this file would be lost. -->

# The first day

\`kpi init\` asks what to collect, where to and how often. Space chooses, Enter goes on, Ctrl-C ends it, and until the last answer nothing is
written. [Its page](cli.md#kpi-init) has the flags that answer in a script.

${shown(screens[1] ?? '')}

An answer is checked when it is given:

${shown((screens[5] ?? '').split('\n').slice(-4).join('\n'))}

At the end it says what it wrote and what is left to do. It asks for no secret and writes none:

${shown(all)}

## What it wrote

\`kpi.config.json\`:

\`\`\`json
${config.trimEnd()}
\`\`\`

\`.env.example\`, to be copied to \`.env\`:

\`\`\`sh
${place.read('.env.example').trimEnd()}
\`\`\`

\`.github/workflows/kpi.yml\`; the minute is odd, and another in every folder, since GitHub starts late what starts at a full hour:

\`\`\`yaml
${workflow.trimEnd()}
\`\`\`

And the lines \`.env\`, \`.kpi/\`, \`/kpi.db\`, and those of what SQLite has beside it, in \`.gitignore\`.
`;
}
