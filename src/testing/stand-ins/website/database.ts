import { createServer, type Socket } from 'node:net';

/** What the database says of one statement: rows under these columns, or an error. */
export interface DatabaseOptions {
  readonly password?: string;
  /** All text, in the order of `columns`. */
  readonly columns?: readonly string[];
  readonly rows?: readonly (readonly (string | null)[])[];
  /** To the query: SQLSTATE and words. */
  readonly error?: { readonly code: string; readonly message: string };
  /** After so many rows the connection breaks. */
  readonly breaksAfter?: number;
}

export interface DatabaseStandIn {
  /** `postgres://kpi:PASSWORD@127.0.0.1:PORT/kpi` */
  readonly url: string;
  /** Every statement, and what was said in the startup. */
  readonly statements: readonly string[];
  readonly connections: number;
  close(): Promise<void>;
}

/**
 * Speaks as much of PostgreSQL as reading a cursor takes: startup with a password, simple and extended queries.
 * https://www.postgresql.org/docs/current/protocol-flow.html
 */
export async function startDatabase(options: DatabaseOptions = {}): Promise<DatabaseStandIn> {
  const { password = 'pass-of-kpi-0123' } = options;
  const statements: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    let isStarted = false;
    let parsed = '';
    let given = 0;
    let waiting: Buffer = Buffer.alloc(0);

    socket.on('data', (data: Buffer) => {
      waiting = Buffer.concat([waiting, data]);
      for (let length = lengthOf(); length !== undefined; length = lengthOf()) {
        const message = waiting.subarray(0, length);
        waiting = waiting.subarray(length);
        if (isStarted) answer(String.fromCharCode(message[0] ?? 0), message.subarray(5));
        else start(message.subarray(4));
      }
    });

    function lengthOf(): number | undefined {
      const head = isStarted ? 1 : 0;
      if (waiting.length < head + 4) return undefined;
      const length = head + waiting.readUInt32BE(head);
      return waiting.length < length ? undefined : length;
    }

    function start(body: Buffer): void {
      if (body.readUInt32BE(0) === 80877103) {
        socket.write('N'); // no TLS here
        return;
      }
      isStarted = true;
      socket.write(message('R', int(3)));
    }

    function answer(type: string, body: Buffer): void {
      const [text = '', second = ''] = body.toString('utf8').split('\0');
      if (type === 'p') return void socket.write(text === password ? [message('R', int(0)), ready].reduce(joined) : fatal());
      if (type === 'P') parsed = second;
      if (type === 'Q' || type === 'P') statements.push(type === 'P' ? second : text);
      if (type === 'Q') socket.write(Buffer.concat([...resultOf(text), ready]), () => breakAfter());
      if (type === 'P') socket.write(options.error ? failure('ERROR', options.error) : message('1'));
      if (options.error && (type === 'B' || type === 'D' || type === 'E')) return;
      if (type === 'B') socket.write(message('2'));
      if (type === 'D') socket.write(message('n'));
      if (type === 'E') socket.write(message('C', zeroEnded(parsed.startsWith('declare') ? 'DECLARE CURSOR' : 'SELECT 0')));
      if (type === 'S') socket.write(ready);
      if (type === 'X') socket.end();
    }

    function resultOf(statement: string): readonly Buffer[] {
      const most = /^fetch forward (\d+)/.exec(statement)?.[1];
      if (most === undefined) return [message('C', zeroEnded(statement.split(' ')[0]?.toUpperCase() ?? ''))];
      const { columns = ['url'], rows = [] } = options;
      const next = rows.slice(given, given + Number(most));
      given += next.length;
      const names = columns.map((name) => Buffer.concat([zeroEnded(name), int(0), short(0), int(25), short(-1), int(-1), short(0)]));
      const cells = next.map((row) => message('D', Buffer.concat([short(row.length), ...row.map(cellOf)])));
      return [message('T', Buffer.concat([short(columns.length), ...names])), ...cells, message('C', zeroEnded(`FETCH ${next.length}`))];
    }

    function breakAfter(): void {
      if (options.breaksAfter !== undefined && given >= options.breaksAfter) socket.resetAndDestroy();
    }

    function fatal(): Buffer {
      return failure('FATAL', { code: '28P01', message: 'password authentication failed for user "kpi"' });
    }
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { readonly port: number };
  return {
    url: `postgres://kpi:${password}@127.0.0.1:${port}/kpi`,
    statements,
    get connections() {
      return connections;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ready = message('Z', Buffer.from('I'));

function message(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from(type), int(body.length + 4), body]);
}

function failure(severity: string, { code, message: words }: { readonly code: string; readonly message: string }): Buffer {
  const fields = [`S${severity}`, `V${severity}`, `C${code}`, `M${words}`].map(zeroEnded);
  return message('E', Buffer.concat([...fields, Buffer.from([0])]));
}

function cellOf(value: string | null): Buffer {
  return value === null ? int(-1) : Buffer.concat([int(Buffer.byteLength(value)), Buffer.from(value)]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function zeroEnded(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function joined(one: Buffer, other: Buffer): Buffer {
  return Buffer.concat([one, other]);
}
