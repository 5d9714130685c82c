import { Resolver, lookup as systemLookup } from 'node:dns';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { check, createTools } from './check.ts';
import { createLookup, namesOfHostsFile } from './lookup.ts';
import type { Order, Outcome } from './order.ts';
import type { Call, Return } from './thread.ts';

if (parentPort) serve(parentPort);

/** Makes the checks it is told to, all at once; how many there are at a time is the caller's to bound. */
function serve(port: MessagePort): void {
  const names = namesOfHostsFile();
  const tools = createTools(names ? createLookup(new Resolver({ timeout: 2000, tries: 2 }), names) : systemLookup);
  const running = new Map<number, AbortController>();

  async function run(id: number, order: Order): Promise<void> {
    const cancel = new AbortController();
    running.set(id, cancel);
    try {
      const reply = await check(order, tools, cancel.signal);
      port.postMessage({ id, reply } satisfies Return<Outcome>, reply.page ? [reply.page.body.buffer] : []);
    } catch (error) {
      port.postMessage({ id, error: error instanceof Error ? error.message : String(error) } satisfies Return<Outcome>);
    } finally {
      running.delete(id);
    }
  }

  port.on('message', (call: Call<Order>) => {
    if ('cancel' in call) running.get(call.cancel)?.abort();
    else void run(call.id, call.question);
  });
}
