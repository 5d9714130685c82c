import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Server {
  readonly url: string;
  /** How many requests it has had. */
  requests(): Promise<number>;
}

/** Runs `work` beside a server of `server.ts`. */
export async function withServer<T>(args: readonly string[], work: (server: Server) => Promise<T>): Promise<T> {
  const script = fileURLToPath(new URL('server.ts', import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  try {
    const url = await next();
    return await work({
      url,
      async requests() {
        child.stdin.write('\n');
        return Number(await next());
      },
    });
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    await ended;
  }
}
