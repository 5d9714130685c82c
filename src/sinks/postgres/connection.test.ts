import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createSinkContext } from '../../testing/contract/sink.ts';
import { type Connection, connectionTo } from './connection.ts';
import { Settings } from './settings.ts';

/** A message of the server: https://www.postgresql.org/docs/current/protocol-message-formats.html */
function message(type: string, ...parts: readonly (string | number)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part);
      const number = Buffer.alloc(4);
      number.writeInt32BE(part);
      return number;
    }),
  );
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}
const ready = message('Z', 'I');
const welcome = Buffer.concat([message('R', 0), ready]);
const done = Buffer.concat([message('C', 'SELECT 0\0'), ready]);

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Speaks as much as a connection needs. `onQuery` gets each simple statement; what is not answered hangs. */
async function started(onQuery: (sql: string, socket: Socket) => void = (_, socket) => socket.write(done), tls = 'N') {
  const sockets = new Set<Socket>();
  const seen: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.on('data', (data: Buffer) => {
      if (data.length === 8) {
        seen.push('tls');
        socket.write(tls);
      } else if (data[0] === 0) {
        seen.push('startup');
        socket.write(welcome);
      } else if (data[0] === 0x16) {
        // A handshake, which it said that it can do.
        socket.write('what?');
      } else if (data[0] === 0x51) {
        const sql = data.subarray(5, -1).toString();
        seen.push(sql);
        onQuery(sql, socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, seen, sockets };
}

function connected(port: number, own: object = {}, signal?: AbortSignal): Connection {
  const settings = Settings.parse({ host: '127.0.0.1', port, user: 'kpi', ...own });
  const connection = connectionTo(settings, createSinkContext({ measurements: [], ...(signal && { signal }) }));
  closing.push(() => connection.close());
  return connection;
}

describe('a connection', () => {
  it('is made with the first statement, and without encryption where the server has none and it is only preferred', async () => {
    const { port, seen } = await started();
    const { query } = connected(port);
    expect(seen).toEqual([]);
    await query('select 1');
    await query('select 2');
    expect(seen).toEqual(['tls', 'startup', 'select 1', 'select 2']);
  });

  it('is refused where the server does not encrypt and it must', async () => {
    const { port, seen } = await started();
    await expect(connected(port, { sslmode: 'require' }).query('select 1')).rejects.toMatchObject({
      name: 'PermanentError',
      kind: 'config',
    });
    expect(seen).toEqual(['tls']);
  });

  it('goes without encryption where the server cannot do what it offers, only if it is but preferred', async () => {
    const { port, seen } = await started(undefined, 'S');
    await connected(port).query('select 1');
    expect(seen).toEqual(['tls', 'startup', 'select 1']);
    await expect(connected(port, { sslmode: 'require' }).query('select 2')).rejects.toMatchObject({ kind: 'network' });
    expect(seen.slice(3)).toEqual(['tls']);
  });

  it('is made anew where it broke', async () => {
    let asked = 0;
    const { port, seen } = await started((_, socket) => (asked++ === 0 ? socket.destroy() : socket.write(done)));
    const { query } = connected(port, { sslmode: 'disable' });
    await expect(query('select 1')).rejects.toMatchObject({ name: 'TransientError', kind: 'network' });
    await query('select 1');
    expect(seen).toEqual(['startup', 'select 1', 'startup', 'select 1']);
  });

  it('does not go on with a transaction over another connection', async () => {
    const { port, seen } = await started((sql, socket) => (sql === 'insert 1' ? socket.destroy() : socket.write(done)));
    const { transaction } = connected(port, { sslmode: 'disable' });
    const work = transaction(async (query) => {
      await query('insert 1').catch(() => {});
      await query('insert 2');
    });
    await expect(work).rejects.toMatchObject({ name: 'TransientError' });
    expect(seen.filter((sql) => sql !== 'startup')).toEqual(['begin isolation level read committed', 'insert 1']);
  });

  it('takes what is asked at once one after the other: a transaction is nobody else’s', async () => {
    const { port, seen } = await started();
    const { query, transaction } = connected(port, { sslmode: 'disable' });
    await Promise.all([
      transaction(async (inside) => {
        await inside('insert 1');
        await inside('insert 2');
      }),
      query('select 1'),
    ]);
    expect(seen.slice(1)).toEqual(['begin isolation level read committed', 'insert 1', 'insert 2', 'commit', 'select 1']);
  });

  it('takes back what failed', async () => {
    const { port, seen } = await started();
    const { transaction } = connected(port, { sslmode: 'disable' });
    await expect(transaction(() => Promise.reject(new Error('enough')))).rejects.toThrow('enough');
    expect(seen.at(-1)).toBe('rollback');
  });

  it('does not wait for ever', async () => {
    const { port } = await started(() => {});
    const { query } = connected(port, { sslmode: 'disable', timeout: '1s' });
    await expect(query('select 1')).rejects.toMatchObject({
      name: 'TransientError',
      kind: 'timeout',
      message: expect.stringMatching(/^the database kpi at 127\.0\.0\.1:\d+ did not answer within 1 s$/),
    });
  });

  it('ends with the run', async () => {
    const abort = new AbortController();
    const { port } = await started(() => abort.abort());
    const { query } = connected(port, { sslmode: 'disable' }, abort.signal);
    await expect(query('select 1')).rejects.toMatchObject({ name: 'TransientError', kind: 'cancelled' });
  });

  it('can be closed twice, in the middle of a statement too, and takes nothing after', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { port } = await started(() => resolve());
    const connection = connected(port, { sslmode: 'disable' });
    const asking = connection.query('select 1');
    asking.catch(() => {});
    await promise;
    await connection.close();
    await connection.close();
    await expect(asking).rejects.toMatchObject({ name: 'TransientError' });
    await expect(connection.query('select 1')).rejects.toThrow('this sink is closed');
  });

  it('says that nobody is there', async () => {
    const { port } = await started();
    await closing.pop()?.();
    await expect(connected(port).query('select 1')).rejects.toMatchObject({
      name: 'TransientError',
      kind: 'network',
      message: `the database kpi at 127.0.0.1:${port} refuses the connection`,
    });
  });

  it('needs authorities that can be read', async () => {
    const { port } = await started();
    await expect(connected(port, { sslmode: 'verify-full', sslrootcert: 'gone.pem' }).query('select 1')).rejects.toMatchObject({
      name: 'PermanentError',
      kind: 'config',
      message: expect.stringMatching(/gone\.pem holds no PEM certificates to trust/),
    });
  });
});
