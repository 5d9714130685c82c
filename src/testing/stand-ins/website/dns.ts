import { createSocket } from 'node:dgram';

export interface DnsOptions {
  /** Before each answer; `Infinity`: there is none. */
  readonly latencyMs?: (host: string) => number;
  /** IPv4; absent: no such name. */
  readonly address?: (host: string) => string | undefined;
}

/** A name server that stands in for DNS: UDP on loopback, IPv4 addresses only. */
export interface DnsServer {
  /** `127.0.0.1:PORT`, for `Resolver.setServers`. */
  readonly server: string;
  close(): void;
}

/** Messages as https://www.rfc-editor.org/rfc/rfc1035#section-4 lays them out. */
export async function startDns({ latencyMs = () => 0, address = () => '127.0.0.1' }: DnsOptions = {}): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const timers = new Set<NodeJS.Timeout>();
  socket.on('message', (query, from) => {
    const { host, type, end } = question(query);
    const wait = latencyMs(host);
    if (!Number.isFinite(wait)) return;
    const found = address(host);
    const records = found !== undefined && type === 1 ? [found] : [];
    const head = Buffer.from([0x81, found === undefined ? 0x83 : 0x80, 0, 1, 0, records.length, 0, 0, 0, 0]);
    const answers = records.map((ip) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...ip.split('.').map(Number)]));
    const timer = setTimeout(() => {
      timers.delete(timer);
      socket.send(Buffer.concat([query.subarray(0, 2), head, query.subarray(12, end), ...answers]), from.port, from.address);
    }, wait);
    timers.add(timer);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    server: `127.0.0.1:${socket.address().port}`,
    close() {
      for (const timer of timers) clearTimeout(timer);
      socket.close();
    },
  };
}

function question(query: Buffer) {
  const labels: string[] = [];
  let place = 12;
  for (let size = query[place] ?? 0; size > 0; size = query[place] ?? 0) {
    labels.push(query.toString('ascii', place + 1, place + 1 + size));
    place += size + 1;
  }
  return { host: labels.join('.').toLowerCase(), type: query.readUInt16BE(place + 1), end: place + 5 };
}
