import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { Certificate } from './certificate.ts';

export interface SiteOptions {
  /** Makes it `https:`. */
  readonly certificate?: Certificate;
  /** Before the server's side of the handshake begins. */
  readonly handshakeMs?: number;
  /** Before the headers. */
  readonly firstByteMs?: number;
  /** Between the two halves of the body. */
  readonly transferMs?: number;
  readonly body?: string;
}

/** A site on a real socket. */
export interface Site {
  /** No slash at the end. */
  readonly url: string;
  /** Connections that came, those that are open now, and requests that were read on them. */
  readonly seen: { connections: number; open: number; requests: IncomingMessage[] };
  close(): Promise<void>;
}

/** A site with one page, each phase as slow as it is told. */
export async function startSite(options: SiteOptions = {}): Promise<Site> {
  const { certificate, handshakeMs = 0, firstByteMs = 0, transferMs = 0, body = 'Hello' } = options;
  const seen = unseen();
  const half = Math.ceil(body.length / 2);
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    seen.requests.push(request);
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.write(body.slice(0, half));
      setTimeout(() => response.end(body.slice(half)), transferMs);
    }, firstByteMs);
  };
  const web = certificate ? createTlsServer(certificate, answer) : createServer(answer);
  web.on('tlsClientError', () => {});
  return await openSite(certificate ? 'https' : 'http', seen, (socket) => {
    setTimeout(() => web.emit('connection', socket), handshakeMs);
  });
}

/** What answers each connection with these bytes, whatever it says, and ends it. */
export function startBabbler(bytes: string): Promise<Site> {
  return openSite('http', unseen(), (socket) => socket.once('data', () => socket.end(bytes)));
}

/** What takes connections, and says nothing on them. */
export function startSilence(scheme: 'http' | 'https'): Promise<Site> {
  return openSite(scheme, unseen(), (socket) => void socket.resume());
}

/** What ends each connection with a reset as soon as something comes. */
export function startResetter(scheme: 'http' | 'https'): Promise<Site> {
  return openSite(scheme, unseen(), (socket) => socket.once('data', () => socket.resetAndDestroy()));
}

/** An address where nothing listens. */
export async function refusingUrl(scheme: 'http' | 'https' = 'http'): Promise<string> {
  const site = await openSite(scheme, unseen(), () => {});
  await site.close();
  return site.url;
}

function unseen(): Site['seen'] {
  return { connections: 0, open: 0, requests: [] };
}

async function openSite(scheme: 'http' | 'https', seen: Site['seen'], take: (socket: Socket) => void): Promise<Site> {
  const open = new Set<Socket>();
  const server: Server = createTcpServer((socket) => {
    seen.connections += 1;
    seen.open += 1;
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      seen.open -= 1;
      open.delete(socket);
    });
    take(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
