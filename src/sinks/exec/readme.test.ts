import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { type Fields, gauge, measurement, messageOf, PermanentError, TransientError } from '../../sdk/index.ts';
import { createSinkContext, entryOf } from '../../testing/contract/sink.ts';
import { exec } from './index.ts';

const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
const [, example = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
const [, config = ''] = /```json\n([\s\S]*?)```/.exec(readme) ?? [];

const now = new Date('2026-11-21T20:00:00.000Z');
const numbers = measurement('numbers', {
  help: '',
  time: 'snapshot',
  tags: { place: 'where' },
  fields: { stars: gauge(), level: gauge() },
});
const of = (fields: Fields) => entryOf({ measurement: 'numbers', fields, time: now, collectedAt: now });
const [starred, plain] = [of({ stars: 3 }), of({ level: 1 })];

it('the example of the README is ten lines, and does what they say', async () => {
  expect(
    example
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#!')),
  ).toHaveLength(10);
  const taken: unknown[] = [];
  let status = 204;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const isTrusted = request.headers.authorization === 'Bearer a-token-of-the-store';
    response.writeHead(isTrusted ? status : 401).end();
    if (isTrusted && status === 204) taken.push(...JSON.parse(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dir = mkdtempSync(join(tmpdir(), 'kpi-exec-'));
  try {
    writeFileSync(join(dir, 'store-points'), example, { mode: 0o755 });
    const { type: _, ...entry } = JSON.parse(config).sinks.mine;
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const open = (token: string) =>
      exec.open(
        exec.settings.parse({ ...entry, env: { STORE_URL: url }, secrets: { STORE_TOKEN: token } }),
        createSinkContext({ measurements: [numbers], dir, programEnv: { PATH: dirname(process.execPath) } }),
      );
    const to = await open('a-token-of-the-store');
    expect(await to.write([plain, starred, plain])).toEqual([
      { index: 0, reason: 'has no stars' },
      { index: 2, reason: 'has no stars' },
    ]);
    expect(taken).toMatchObject([{ measurement: 'numbers', fields: { stars: 3 }, time: now.toISOString() }]);

    status = 503;
    const again = await to.write([starred]).catch((error: unknown) => error);
    expect(again).toBeInstanceOf(TransientError);
    expect(messageOf(again)).toBe('./store-points cannot store the points now: the store answered 503 Service Unavailable');
    const never = await (await open('another-token')).write([starred]).catch((error: unknown) => error);
    expect(never).toBeInstanceOf(PermanentError);
    expect(messageOf(never)).toBe('./store-points ended with exit code 1: the store answered 401 Unauthorized');
    server.close();
    server.closeAllConnections();
    await expect(to.write([starred])).rejects.toBeInstanceOf(TransientError);
    expect(taken).toHaveLength(1);
  } finally {
    server.close();
    rmSync(dir, { recursive: true });
  }
});
