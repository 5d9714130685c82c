import { describe, expect, it } from 'vitest';
import { gauge, measurement, PermanentError, SplitError, TransientError } from '../src/sdk/index.ts';
import { sqlite } from '../src/sinks/sqlite/index.ts';
import { entry, freePort, numbers, queueOf, setUp, sinkOf, views } from './relay-scene.ts';

describe('a relay', () => {
  it('takes all that lies there to every sink, in order, and ends', async () => {
    const { source, seen } = queueOf(numbers(95));
    const store = sinkOf(() => {});
    const { start, rows } = setUp(source, { local: sqlite, store: store.sink });
    expect(await start()).toEqual({ exitCode: 0, from: 'queue', to: ['local', 'store'], delivered: 95, rejected: 0 });
    expect(rows()).toBe(95);
    expect(store.taken).toEqual(numbers(95));
    expect(seen).toMatchObject({ committed: 95, opens: 1, closes: 1 });
    expect(store.seen.closes).toBe(1);
  });

  it('commits nothing that one of two sinks has not taken', async () => {
    const { source, seen } = queueOf(numbers(30));
    const committed: number[] = [];
    const slow = sinkOf((batch) => {
      if (batch.some(({ point }) => point.tags.page === '/10')) committed.push(seen.committed);
      if (committed.length === 1) throw new TransientError('busy');
    });
    const { start, rows } = setUp(source, { local: sqlite, slow: slow.sink });
    expect((await start()).exitCode).toBe(0);
    expect(committed).toEqual([10, 10]);
    expect(rows()).toBe(30);
    expect(slow.taken).toEqual(numbers(30));
  });

  it('waits for a sink that is down, says so once a minute, and goes on', async () => {
    const { source } = queueOf(numbers(5));
    const down = sinkOf((_, writes) => {
      if (writes <= 12) throw new (writes % 2 === 0 ? PermanentError : TransientError)('no table yet: secret-of-the-tests');
    });
    const { start, outside } = setUp(source, { down: down.sink });
    const ended = start({ untilEmpty: false });
    await expect.poll(() => down.taken.length).toBe(5);
    outside.signal('SIGTERM');
    expect(await ended).toMatchObject({ exitCode: 143, delivered: 5 });
    const lines = outside.written.stderr.trim().split('\n');
    // 12 tries over 0.5 + 1 + 2 + 4 + 8 + 15 + 6 × 30 s.
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual([
      'warn down: is down: the relay waits why="no table yet: ***"',
      'warn down: is down: the relay waits why="no table yet: ***" seconds=61',
      'warn down: is down: the relay waits why="no table yet: ***" seconds=121',
      'warn down: is down: the relay waits why="no table yet: ***" seconds=181',
      'warn down: is back: the relay goes on seconds=211',
    ]);
    // After an error that is permanent for a run the sink is opened anew.
    expect(down.seen.opens).toBe(7);
  });

  it('gives up a sink that stays down, with code 75 and nothing committed, where it is to end by itself', async () => {
    const { source, seen } = queueOf(numbers(5));
    const down = sinkOf(() => {
      throw new TransientError('away');
    });
    const { start } = setUp(source, { local: sqlite, down: down.sink });
    expect(await start()).toMatchObject({ exitCode: 75, delivered: 0, ended: 'down is down: away' });
    expect(seen.committed).toBe(0);
  });

  it('puts aside what a sink refuses, what does not fit its declaration, and what is no point', async () => {
    const all = [entry(0), entry(1, { views: 'many' }), entry(2), entry(3), entry(4, {}), entry(5, { clicks: 1 })];
    const { source, seen } = queueOf(all);
    seen.unreadable.set(3, 'queue/3: it is no JSON');
    const picky = sinkOf((batch) =>
      batch.flatMap(({ point }, index) => (point.tags.page === '/2' ? [{ index, reason: 'too even: secret-of-the-tests' }] : [])),
    );
    const { start, rows } = setUp(source, { local: sqlite, picky: picky.sink });
    expect(await start()).toMatchObject({ exitCode: 3, delivered: 1, rejected: 5 });
    expect(seen.aside).toEqual([
      '/1: field views must be a finite number',
      '/2: picky: too even: ***',
      '/4: it has no field',
      '/5: field clicks is not declared',
      'queue/3: it is no JSON',
    ]);
    // What one sink refuses, another may have.
    expect(rows()).toBe(2);
  });

  it('halves what a sink finds too large, down to the point that it refuses', async () => {
    const { source, seen } = queueOf(numbers(20));
    const small = sinkOf((batch) => {
      if (batch.some(({ point }) => point.tags.page === '/4') || batch.length > 3) throw new SplitError('too large');
    });
    const { start } = setUp(source, { small: small.sink });
    expect(await start()).toMatchObject({ exitCode: 3, delivered: 19, rejected: 1 });
    expect(seen.aside).toEqual(['/4: small: too large']);
    expect(small.taken.map(({ point }) => point.tags.page)).toEqual(
      numbers(20).flatMap(({ point }) => (point.tags.page === '/4' ? [] : [point.tags.page])),
    );
  });

  it('reads again what it could not commit, since the group gave it to another', async () => {
    let commits = 0;
    const { source, seen } = queueOf(numbers(20), {
      onCommit: () => ++commits !== 1,
      onRead: (reads) => {
        if (reads === 3) throw new TransientError('the group has divided its work');
      },
    });
    const { start, rows } = setUp(source, { local: sqlite });
    expect((await start()).exitCode).toBe(0);
    expect(seen).toMatchObject({ committed: 20, opens: 2 });
    expect(rows()).toBe(20);
  });

  it('opens a source anew that was lost, and waits for one that is not there yet', async () => {
    const { source, seen } = queueOf(numbers(50), {
      onOpen: (opens) => {
        if (opens <= 3) throw new TransientError('no broker');
      },
      onRead: (reads) => {
        if (reads === 2 || reads === 5) throw new TransientError('reset');
      },
    });
    const { start, rows } = setUp(source, { local: sqlite });
    expect(await start()).toMatchObject({ exitCode: 0 });
    expect(seen).toMatchObject({ committed: 50, opens: 6 });
    expect(rows()).toBe(50);
  });

  it('ends at once with code 1 where the source is wrong from the beginning', async () => {
    const { source } = queueOf([], {
      onOpen: () => {
        throw new PermanentError('no such topic: run kpi db init');
      },
    });
    const { start } = setUp(source, { local: sqlite });
    expect(await start({ untilEmpty: false })).toMatchObject({ exitCode: 1, ended: 'no such topic: run kpi db init' });
  });

  it('opens the sinks anew with a declaration that has grown, and keeps the fields of an older one', async () => {
    const grown = measurement(views.name, {
      help: 'Views.',
      time: 'event',
      tags: { page: 'its path' },
      fields: { views: gauge(), clicks: gauge() },
    });
    const all = numbers(30).map((one, index) => (index >= 10 && index < 20 ? entry(index, { clicks: index }) : one));
    const { source } = queueOf(all, { measurement: (from) => (from === 10 ? grown : views) });
    const store = sinkOf(() => {});
    const { start, rows } = setUp(source, { local: sqlite, store: store.sink });
    expect(await start()).toMatchObject({ exitCode: 0, delivered: 30 });
    expect(store.seen).toMatchObject({ opens: 2, declared: ['views', 'views', ...Array(4).fill('views,clicks')] });
    expect(rows()).toBe(30);
  });
});

describe('a signal', () => {
  it('lets the write in flight end, commits it, and reads no more', async () => {
    const { source, seen } = queueOf(numbers(30), { size: 5 });
    const { promise: release, resolve } = Promise.withResolvers<void>();
    const store = sinkOf(async (_, writes) => {
      if (writes === 2) await release;
      return [];
    });
    const { start, outside } = setUp(source, { store: store.sink });
    const ended = start({ untilEmpty: false });
    await expect.poll(() => store.seen.writes).toBe(2);
    outside.signal('SIGTERM');
    resolve();
    expect(await ended).toMatchObject({ exitCode: 143, delivered: 10 });
    expect(seen).toMatchObject({ committed: 10, closes: 1 });
  });

  it('does not wait for a write that hangs, and commits nothing of it', async () => {
    const { source, seen } = queueOf(numbers(5));
    const store = sinkOf(() => new Promise(() => {}));
    const { start, outside } = setUp(source, { store: store.sink });
    const ended = start({ untilEmpty: false });
    await expect.poll(() => store.seen.writes).toBe(1);
    const began = performance.now();
    outside.signal('SIGINT');
    expect(await ended).toMatchObject({ exitCode: 130, delivered: 0 });
    expect(performance.now() - began).toBeLessThan(4800);
    expect(seen).toMatchObject({ committed: 0, closes: 1 });
  });
});

describe('/healthz', () => {
  it('tells of the lag, and is 503 while a sink is down', async () => {
    const { source, seen } = queueOf(numbers(30));
    let isDown = true;
    const store = sinkOf(() => {
      if (isDown) throw new TransientError('away');
    });
    const { start, outside } = setUp(source, { store: store.sink });
    const port = await freePort();
    const ended = start({ untilEmpty: false, listen: `127.0.0.1:${port}` });
    const ask = async (path = '/healthz') => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: answer.status, body: await answer.text() };
    };
    await expect.poll(() => store.seen.writes).toBeGreaterThan(0);
    const down = await ask();
    expect(down.status).toBe(503);
    expect(JSON.parse(down.body)).toEqual({ status: 'waiting', lag: 30, delivered: 0, rejected: 0, down: { store: 'away' } });
    isDown = false;
    await expect.poll(() => seen.committed).toBe(30);
    const well = await ask();
    expect(well.status).toBe(200);
    expect(JSON.parse(well.body)).toEqual({ status: 'ok', lag: 0, delivered: 30, rejected: 0, down: {} });
    expect((await ask('/')).status).toBe(404);
    outside.signal('SIGTERM');
    expect((await ended).exitCode).toBe(143);
    await expect(ask()).rejects.toThrow();
  });

  it.each(['8080', 'localhost', 'host:port', 'a:99999', ''])('takes no %s for an address', async (listen) => {
    const { start } = setUp(queueOf([]).source, { local: sqlite });
    await expect(start({ listen })).rejects.toThrow('--listen takes HOST:PORT');
  });
});

describe('what cannot be relayed', () => {
  it.each([
    ['nothing', '--from nothing: '],
    ['local', '--from local: nothing can be taken from a sqlite again'],
  ])('from %s', async (from, words) => {
    const { start } = setUp(queueOf([]).source, { local: sqlite });
    await expect(start({ from })).rejects.toThrow(words);
  });

  it('to no other sink', async () => {
    const { start } = setUp(queueOf([]).source, {});
    await expect(start()).rejects.toThrow('names no sink besides queue to write to');
  });
});
