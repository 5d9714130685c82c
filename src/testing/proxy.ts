import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** An HTTP proxy on this machine: absolute addresses, and CONNECT. */
export interface TestProxy {
  readonly url: string;
  /** What it was asked: `POST http://…`, `CONNECT host:port`. */
  readonly seen: readonly string[];
  /** The `proxy-authorization` of each whole address. */
  readonly credentials: readonly (string | undefined)[];
  close(): void;
}

/** Starts one. Tunnels lead to their port on this machine, whatever host was asked for. */
export async function startTestProxy(): Promise<TestProxy> {
  const seen: string[] = [];
  const credentials: (string | undefined)[] = [];
  const server: Server = createServer(async (incoming: IncomingMessage, response) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    credentials.push(incoming.headers['proxy-authorization']);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const {
      host: _host,
      'proxy-authorization': _credentials,
      connection: _connection,
      'content-length': _length,
      ...headers
    } = incoming.headers;
    const upstream = await fetch(incoming.url ?? '', {
      method: incoming.method ?? 'GET',
      headers: headers as Record<string, string>,
      body: chunks.length === 0 ? null : Buffer.concat(chunks),
    });
    response.writeHead(upstream.status).end(await upstream.text());
  });
  server.on('connect', (incoming, socket) => {
    seen.push(`CONNECT ${incoming.url}`);
    socket.on('error', () => {});
    const [, port] = (incoming.url ?? '').split(':');
    const through = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(through).pipe(socket);
    });
    through.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    credentials,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
