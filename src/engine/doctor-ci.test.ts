import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTestClock } from '../testing/clock.ts';
import { createTestOutside } from '../testing/outside.ts';
import { type StandInAnswer, startStandIn } from '../testing/stand-in.ts';
import { ciFound } from './doctor-ci.ts';
import type { Found } from './doctor-findings.ts';
import { createDoor } from './http.ts';

type Env = Readonly<Record<string, string>>;

async function found(env: Env, offline = false): Promise<readonly Found[]> {
  const door = createDoor({ env: {}, userAgent: 'kpi/test' });
  const outside = createTestOutside({ cwd: '/', env, clock: createTestClock() });
  const all: Found[] = [];
  for await (const one of ciFound({ outside, door, offline, signal: new AbortController().signal })) all.push(one);
  return all;
}

/** GitHub's REST API, as far as it is asked. */
async function startApi(repository: object, ref: StandInAnswer = { status: 422, body: { message: 'Object does not exist' } }) {
  const standIn = await startStandIn(({ method, path, headers, body }) => {
    if (headers.authorization !== 'Bearer gh-token-of-tests') return { status: 401, body: { message: 'Bad credentials' } };
    if (`${method} ${path}` === 'GET /repos/acme/kpi') return { body: repository };
    if (`${method} ${path}` !== 'POST /repos/acme/kpi/git/refs') throw new Error('no such route');
    expect(JSON.parse(body).sha).toMatch(/^0{40}$/);
    return ref;
  });
  onTestFinished(() => standIn.close());
  const env: Env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'acme/kpi',
    KPI_STATE_TOKEN: 'gh-token-of-tests',
    GITHUB_API_URL: standIn.url,
  };
  return { standIn, env };
}

const pick = (all: readonly Found[], check: string) => all.find((one) => one.check === check);

it('says that it is not in CI', async () => {
  expect(await found({})).toEqual([{ check: 'context', status: 'ok', message: 'not in CI' }]);
  expect(await found({ CI: 'true' })).toMatchObject([{ status: 'ok', message: expect.stringContaining('another CI') }]);
});

it('finds a well-made workflow well', async () => {
  const { env, standIn } = await startApi({ pushed_at: '2026-11-20T20:00:00Z', private: false });
  const all = await found({ ...env, KPI_ENABLED: 'true' });
  expect(all.map(({ check, status }) => `${check} ${status}`)).toEqual(['context ok', 'switch ok', 'schedule ok', 'permissions ok']);
  expect(pick(all, 'schedule')?.message).toBe('the last push was 1 day ago; schedules end after 60 days without activity');
  expect(standIn.unexpected).toEqual([]);
});

it('sends no token to GitHub that may be meant for another server, and says which one it would', async () => {
  const { env, standIn } = await startApi({ pushed_at: '2026-11-20T20:00:00Z' });
  const { KPI_STATE_TOKEN: token, ...without } = env;
  const all = await found({ ...without, GITHUB_TOKEN: `${token}`, GH_TOKEN: `${token}` });
  expect(standIn.requests).toEqual([]);
  for (const check of ['schedule', 'permissions']) {
    expect(pick(all, check)).toMatchObject({ status: 'skipped', message: expect.stringContaining('pass KPI_STATE_TOKEN: ') });
  }
});

describe('the switch-off after 60 days', () => {
  it('is near, and how to avert it', async () => {
    const { env } = await startApi({ pushed_at: '2026-10-01T20:00:00Z' });
    expect(pick(await found(env), 'schedule')).toEqual({
      check: 'schedule',
      status: 'warning',
      message: 'the last push was 51 days ago; schedules end after 60 days without activity',
      mend: 'push a commit, or switch it on again: gh workflow enable',
    });
  });

  it.each([
    ['acme/kpi/.github/workflows/kpi.yml@refs/heads/main', 'gh workflow enable kpi.yml'],
    ['acme/kpi/.github/workflows/my kpi.yml@refs/heads/main', "gh workflow enable 'my kpi.yml'"],
  ])('is averted by the name of the workflow that runs: %s', async (ref, mend) => {
    const { env } = await startApi({ pushed_at: '2026-10-01T20:00:00Z' });
    expect(pick(await found({ ...env, GITHUB_WORKFLOW_REF: ref }), 'schedule')?.mend).toBe(`push a commit, or switch it on again: ${mend}`);
  });

  it('does not concern private repositories', async () => {
    const { env } = await startApi({ pushed_at: '2020-10-01T20:00:00Z', private: true });
    expect(pick(await found(env), 'schedule')).toMatchObject({ status: 'ok', message: expect.stringContaining('private') });
  });

  it('is known from the event, without asking anybody', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'kpi-doctor-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const file = join(dir, 'event.json');
    const pushed = Date.parse('2026-09-12T20:00:00Z') / 1000;
    writeFileSync(file, JSON.stringify({ repository: { pushed_at: pushed, private: false } }));
    const all = await found({ GITHUB_ACTIONS: 'true', GITHUB_EVENT_PATH: file }, true);
    expect(pick(all, 'schedule')).toMatchObject({ status: 'warning', message: expect.stringContaining('70 days ago') });
    expect(pick(all, 'permissions')).toMatchObject({ status: 'skipped' });
  });

  it('is skipped where nothing tells', async () => {
    const all = await found({ GITHUB_ACTIONS: 'true', GITHUB_EVENT_PATH: '/no/such/file' });
    expect(pick(all, 'schedule')).toMatchObject({ status: 'skipped', message: expect.stringContaining('KPI_STATE_TOKEN') });
    expect(pick(all, 'permissions')).toMatchObject({ status: 'skipped', message: expect.stringContaining('KPI_STATE_TOKEN') });
    const { env, standIn } = await startApi({});
    await standIn.close();
    expect((await found(env)).map((one) => one.status)).toEqual(['ok', 'skipped', 'skipped', 'skipped']);
  });
});

it.each([
  [403, 'warning', 'KPI_STATE_TOKEN may not write contents', 'permissions: { contents: write }'],
  [404, 'warning', 'KPI_STATE_TOKEN may not write contents', 'permissions: { contents: write }'],
  [401, 'warning', 'KPI_STATE_TOKEN is not accepted', '${{ github.token }}'],
])('reads %d of a branch that cannot be made', async (status, verdict, message, mend) => {
  const { env } = await startApi({}, { status, body: { message: 'Resource not accessible by integration' } });
  const one = pick(await found(env), 'permissions');
  expect(one).toMatchObject({ status: verdict, message, mend: expect.stringContaining(mend) });
});

it('says what it does not know of the token', async () => {
  const { env } = await startApi({}, { status: 500, body: {} });
  expect(pick(await found(env), 'permissions')).toMatchObject({ status: 'skipped' });
});

it('knows the switch only where it is told', async () => {
  const inActions = { GITHUB_ACTIONS: 'true' };
  expect(pick(await found(inActions, true), 'switch')).toMatchObject({ status: 'skipped' });
  expect(pick(await found({ ...inActions, KPI_ENABLED: 'true' }, true), 'switch')).toMatchObject({ status: 'ok' });
  expect(pick(await found({ ...inActions, KPI_ENABLED: '' }, true), 'switch')).toMatchObject({
    status: 'warning',
    mend: 'gh variable set KPI_ENABLED --body true',
  });
});
