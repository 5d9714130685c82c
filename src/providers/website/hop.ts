import { request as httpRequest, type IncomingMessage } from 'node:http';
import { isIP, type LookupFunction, connect as netConnect, type Socket } from 'node:net';
import { type SecureContext, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { breakOf, codeOf, Failed } from './failed.ts';
import { type Phase, phases } from './order.ts';

/** One request on a connection of its own. */
export interface Ask {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly lookup: LookupFunction;
  readonly secureContext: SecureContext;
  /** Ends it, wherever it is. */
  readonly signal: AbortSignal;
}

/** What is known of one hop; filled while it goes on. */
export interface Hop {
  /** The phase it is in, or was in when it broke; undefined when it ended well. */
  phase: Phase | undefined;
  readonly ms: Partial<Record<Phase, number>>;
  certificateExpiresAt?: number;
  /** When the present phase began. */
  mark: number;
}

export function beginHop(): Hop {
  return { phase: undefined, ms: {}, mark: performance.now() };
}

/** Ends the hop's present phase, and begins the next; `undefined`: the hop ended well. */
export function enter(hop: Hop, next: Phase | undefined): void {
  const now = performance.now();
  if (hop.phase) hop.ms[hop.phase] = now - hop.mark;
  hop.phase = next;
  hop.mark = now;
}

/** The sum of a phase over all hops; undefined when the last was cut short before the phase's end, or none had it. */
export function sumOf(hops: readonly Hop[], phase: Phase): number | undefined {
  const stopped = hops.at(-1)?.phase;
  if (stopped && phases.indexOf(phase) >= phases.indexOf(stopped)) return undefined;
  const values = hops.flatMap((hop) => hop.ms[phase] ?? []);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value);
}

/**
 * Connects, asks, and resolves when the answer's headers are there; the caller reads the body. The certificate is judged before a byte
 * of the request is written: headers may hold secrets. With `rejectUnauthorized` the certificate of a refused server could not be read.
 */
export async function visit(ask: Ask, hop: Hop): Promise<IncomingMessage> {
  let socket: Socket | undefined;
  try {
    socket = await connect(ask, hop);
    ask.signal.throwIfAborted();
    return await send(ask, socket, hop);
  } catch (error) {
    socket?.destroy();
    throw failed(error, hop, ask.signal);
  }
}

/** The error as one that says what became of the site; as it is, when it says nothing of it. */
export function failed(error: unknown, hop: Hop, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof Failed) return error;
  const broke = breakOf(error, hop.phase ?? 'transfer');
  return broke ? new Failed(broke, `${codeOf(error)} (${hop.phase})`) : error;
}

function connect(ask: Ask, hop: Hop): Promise<Socket> {
  const host = ask.url.hostname.replace(/^\[|\]$/g, '');
  const secure = ask.url.protocol === 'https:';
  const named = isIP(host) === 0;
  const to = { host, port: Number(ask.url.port || (secure ? 443 : 80)), lookup: ask.lookup };
  enter(hop, named ? 'dns' : 'connect');
  return new Promise((resolve, reject) => {
    const socket: Socket = secure
      ? tlsConnect({
          ...to,
          servername: named ? host : '',
          rejectUnauthorized: false,
          secureContext: ask.secureContext,
          ALPNProtocols: ['http/1.1'],
        })
      : netConnect(to);
    socket.on('error', reject);
    endWith(ask.signal, socket, reject);
    socket.once('lookup', (error: Error | null) => {
      if (!error) enter(hop, 'connect');
    });
    socket.once('connect', () => {
      enter(hop, secure ? 'tls' : 'firstByte');
      if (!secure) resolve(socket);
    });
    socket.once('secureConnect', () => {
      const problem = certificateProblem(socket as TLSSocket, hop);
      if (problem) socket.destroy();
      else enter(hop, 'firstByte');
      if (problem) reject(problem);
      else resolve(socket);
    });
  });
}

/** Reads when the certificate ends, and says why it is not accepted, if it is not. */
function certificateProblem(socket: TLSSocket, hop: Hop): Failed | undefined {
  const expiresAt = Date.parse(socket.getPeerCertificate().valid_to);
  if (!Number.isNaN(expiresAt)) hop.certificateExpiresAt = expiresAt;
  if (socket.authorized) return undefined;
  // Node gives the code as a string: https://nodejs.org/api/tls.html#tlssocketauthorizationerror
  const code = String(socket.authorizationError);
  return new Failed(code === 'CERT_HAS_EXPIRED' ? 'certificate-expired' : 'tls', code);
}

function send(ask: Ask, socket: Socket, hop: Hop): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      createConnection: () => socket,
      method: ask.method,
      path: ask.url.pathname + ask.url.search,
      headers: { host: ask.url.host, ...ask.headers },
      setHost: false,
      maxHeaderSize: 64 * 1024,
    });
    request.on('error', reject);
    // Node ends a connection that turns into another protocol (101) without an error.
    request.once('close', () => reject(new Failed('reset', 'closed without an answer')));
    request.once('response', (response) => {
      enter(hop, 'transfer');
      resolve(response);
    });
    request.end(ask.body);
  });
}

/** Destroys the socket when the signal is aborted. */
function endWith(signal: AbortSignal, socket: Socket, reject: (reason: unknown) => void): void {
  const end = () => {
    socket.destroy();
    reject(signal.reason);
  };
  signal.addEventListener('abort', end, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', end));
}
