import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { PermanentError, SplitError, TransientError } from '../src/sdk/index.ts';
import { sqlite } from '../src/sinks/sqlite/index.ts';
import { freePort, numbers, queueOf, setUp, sinkOf } from './relay-scene.ts';

describe('a relay that is to end by itself', () => {
  it('does not take a source that fails at its first reading for an empty one', async () => {
    const { source, seen } = queueOf(numbers(20), {
      onRead: (reads) => {
        if (reads <= 3) throw new TransientError('reset');
      },
    });
    const { start, rows } = setUp(source, { local: sqlite });
    expect(await start()).toMatchObject({ exitCode: 0, delivered: 20 });
    expect(seen).toMatchObject({ committed: 20, opens: 4 });
    expect(rows()).toBe(20);
  });

  it('ends with code 75 where the source is read and never remembers', async () => {
    const { source, seen } = queueOf(numbers(5), {
      onCommit: () => {
        throw new TransientError('no coordinator');
      },
    });
    const { start } = setUp(source, { local: sqlite });
    expect(await start()).toMatchObject({ exitCode: 75, delivered: 0, ended: 'queue is down: no coordinator' });
    expect(seen).toMatchObject({ committed: 0, opens: 6 });
  });
});

describe('a source that cannot remember', () => {
  it('is told of once a minute, and the sinks are not given the batch again, while somebody mends it', async () => {
    let commits = 0;
    const { source, seen } = queueOf(numbers(5), {
      onCommit: () => {
        if (++commits <= 12) throw new PermanentError('no topic kpi.rejected: run kpi db init');
        return true;
      },
    });
    const store = sinkOf(() => {});
    const { start, outside } = setUp(source, { store: store.sink });
    const ended = start({ untilEmpty: false });
    await expect.poll(() => seen.committed).toBe(5);
    outside.signal('SIGTERM');
    expect(await ended).toMatchObject({ exitCode: 143, delivered: 5 });
    expect(store.seen.writes).toBe(1);
    expect(seen.opens).toBe(1);
    const lines = outside.written.stderr.trim().split('\n');
    expect(lines.map((line) => line.replace(/^\S+ /, '').replace(/why="[^"]*" ?/, ''))).toEqual([
      'warn queue: is down: the relay waits ',
      'warn queue: is down: the relay waits seconds=61',
      'warn queue: is down: the relay waits seconds=121',
      'warn queue: is down: the relay waits seconds=181',
      'warn queue: is back: the relay goes on seconds=211',
    ]);
  });
});

it('says what `kpi db init` cannot do where no provider is in the config', async () => {
  const { source } = queueOf(numbers(5));
  const store = sinkOf(() => {
    throw new PermanentError('the table page_views is missing: run `kpi db init`');
  });
  const { ended } = await setUp(source, { store: store.sink }).start();
  expect(ended).toMatch(/^store is down: the table .* run `kpi db init` \(with this config it makes no tables, .*set "autoInit": true\)$/);
});

describe('/healthz', () => {
  it('takes a sink that refuses all that it is given for one that is there', async () => {
    const { source } = queueOf(numbers(2));
    let writes = 0;
    const store = sinkOf(() => {
      if (++writes === 1) throw new TransientError('away');
      throw new SplitError('too large');
    });
    const { start, outside } = setUp(source, { store: store.sink });
    const port = await freePort();
    const ended = start({ untilEmpty: false, listen: `127.0.0.1:${port}` });
    const ask = async () => JSON.parse(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text());
    await expect.poll(ask).toMatchObject({ status: 'ok', rejected: 2, down: {} });
    outside.signal('SIGTERM');
    await ended;
  });

  it.each(['//', '/healthz/../x', '*', 'http://[', '/healthzz'])('answers 404 to %s, and nothing goes astray', async (path) => {
    const { start, outside } = setUp(queueOf([]).source, { local: sqlite });
    const port = await freePort();
    const ended = start({ untilEmpty: false, listen: `127.0.0.1:${port}` });
    await expect.poll(() => asked(port, '/healthz?now')).toMatch(/^HTTP\/1.1 200 /);
    expect(await asked(port, path)).toMatch(/^HTTP\/1.1 404 /);
    outside.signal('SIGTERM');
    expect((await ended).exitCode).toBe(143);
    expect(outside.written.stderr).toBe('');
  });
});

/** What a server says to a path that `fetch` would not send. */
async function asked(port: number, path: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`));
  let text = '';
  socket.on('data', (part) => {
    text += part;
  });
  socket.on('error', () => resolve(text)).on('close', () => resolve(text));
  return await promise;
}
