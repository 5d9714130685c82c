import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut. */
export interface Proxy {
  readonly port: number;
  /** Breaks all connections, and refuses new ones until the returned function is called. */
  cut(): Promise<() => Promise<void>>;
  /** Breaks a connection as soon as the server answers to what was sent through it from now on: the server did it, nobody was told. */
  loseNextAnswer(): void;
  /** How many answers were lost. */
  readonly lost: number;
  close(): Promise<void>;
}

export async function startProxy(host: string, port: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let losing = false;
  let lost = 0;
  const server = createServer((client) => {
    const upstream = connect(port, host);
    let mark = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (data) => {
      if (losing) mark = true;
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (!mark) {
        client.write(data);
        return;
      }
      losing = false;
      lost++;
      client.destroy();
    });
  });
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  await listen(0);
  const own = (server.address() as AddressInfo).port;

  async function stop(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  return {
    port: own,
    async cut() {
      await stop();
      return () => listen(own);
    },
    loseNextAnswer() {
      losing = true;
    },
    get lost() {
      return lost;
    },
    async close() {
      if (server.listening) await stop();
    },
  };
}
