import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

/** What stands before a store on the network, and does to its connections what networks do. */
export interface StoreProxy {
  readonly port: number;
  /** Refuses connections, and breaks those that are there. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Breaks the connection that sends something next, when half of it is through. */
  resetNext(): void;
  /** Of each answer to much at once, such as points: whether it is lost, with its connection, after the store has given it. */
  losing: (() => boolean) | undefined;
  /** How often it did something. */
  readonly bites: number;
  close(): Promise<void>;
}

/** What only asks or logs in is shorter. */
const muchBytes = 10_000;

export async function startProxy(target: number, at = 0): Promise<StoreProxy> {
  const open = new Set<Socket>();
  let resetting = false;
  let bites = 0;
  let losing: StoreProxy['losing'];

  const server = createServer((client) => {
    const store = createConnection(target, '127.0.0.1');
    const both = [client, store];
    const cut = () => {
      for (const socket of both) socket.resetAndDestroy();
    };
    for (const socket of both) {
      open.add(socket);
      // Either end may break at any moment: that is what is tried.
      socket.on('error', cut);
      socket.on('close', () => open.delete(socket));
    }
    let sent = 0;
    client.on('data', (part: Buffer) => {
      sent += part.length;
      if (!resetting) return store.write(part);
      resetting = false;
      bites++;
      store.write(part.subarray(0, Math.ceil(part.length / 2)), cut);
    });
    store.on('data', (part) => {
      const isOfMuch = sent >= muchBytes;
      sent = 0;
      if (!isOfMuch || !losing?.()) return client.write(part);
      bites++;
      cut();
    });
    client.on('end', () => store.end());
    store.on('end', () => client.end());
  });

  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  await listen(at);
  const { port } = server.address() as AddressInfo;

  async function stop(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of open) socket.resetAndDestroy();
    await closed;
  }

  return {
    port,
    stop,
    start: () => listen(port),
    resetNext() {
      resetting = true;
    },
    get losing() {
      return losing;
    },
    set losing(next) {
      losing = next;
    },
    get bites() {
      return bites;
    },
    async close() {
      if (server.listening) await stop();
    },
  };
}
