import { type Transferable, Worker } from 'node:worker_threads';

/** A thread that answers questions; several may be under way. */
export interface Thread<Question, Reply> {
  /** Questions under way. */
  readonly pending: number;
  /** It has ended, and answers no more. */
  readonly ended: boolean;
  /** Rejects with what the thread threw, with the reason of its end, or with the signal's. */
  ask(question: Question, options?: { readonly signal?: AbortSignal; readonly transfer?: readonly Transferable[] }): Promise<Reply>;
  /** Ends it, also in the middle of a computation. What is under way rejects with `reason`. */
  end(reason: unknown): Promise<void>;
}

/** To the thread. */
export type Call<Question> = { readonly id: number; readonly question: Question } | { readonly cancel: number };

/** From the thread. */
export type Return<Reply> = { readonly id: number; readonly reply: Reply } | { readonly id: number; readonly error: string };

interface Waiting<Reply> {
  resolve(reply: Reply): void;
  reject(reason: unknown): void;
}

/** A thread's module: as it is written, and in what was built, as it was built. */
export function moduleOf(written: URL): URL {
  return import.meta.url.endsWith('.ts') ? written : new URL(written.href.replace(/\.ts$/, '.js'));
}

/** Starts the module as a thread. It begins to take questions at once, and answers them when it is up. */
export function startThread<Question, Reply>(file: URL): Thread<Question, Reply> {
  const worker = new Worker(file);
  const waiting = new Map<number, Waiting<Reply>>();
  let last = 0;
  let ended = false;

  function abandon(reason: unknown): void {
    ended = true;
    for (const one of waiting.values()) one.reject(reason);
    waiting.clear();
  }

  worker.on('message', (answer: Return<Reply>) => {
    const one = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) one?.reject(new Error(answer.error));
    else one?.resolve(answer.reply);
  });
  worker.on('error', (error) => abandon(error));
  worker.on('exit', (code) => abandon(new Error(`the thread ended with code ${code}`)));

  return {
    get pending() {
      return waiting.size;
    },
    get ended() {
      return ended;
    },
    ask(question, { signal, transfer = [] } = {}) {
      last += 1;
      const id = last;
      return new Promise<Reply>((resolve, reject) => {
        if (ended) throw new Error('the thread has ended');
        signal?.throwIfAborted();
        const onAbort = () => {
          waiting.delete(id);
          worker.postMessage({ cancel: id } satisfies Call<Question>);
          reject(signal?.reason);
        };
        const done = () => signal?.removeEventListener('abort', onAbort);
        signal?.addEventListener('abort', onAbort, { once: true });
        waiting.set(id, {
          resolve(reply) {
            done();
            resolve(reply);
          },
          reject(reason) {
            done();
            reject(reason);
          },
        });
        worker.postMessage({ id, question } satisfies Call<Question>, transfer);
      });
    },
    async end(reason) {
      abandon(reason);
      await worker.terminate();
    },
  };
}
