import { type MessagePort, parentPort } from 'node:worker_threads';
import type { Page } from './order.ts';
import { textOf } from './page-text.ts';
import type { Call, Return } from './thread.ts';

/** Whether the pattern occurs on the page; `up`: only whether the thread is. */
export type MatchQuestion = { readonly page: Page; readonly pattern: string } | 'up';

if (parentPort) serve(parentPort);

/** Answers in the order of the questions, so that the caller knows which one is at work. */
function serve(port: MessagePort): void {
  let before: Promise<void> = Promise.resolve();

  async function answer(id: number, question: MatchQuestion): Promise<void> {
    try {
      const reply = question === 'up' || new RegExp(question.pattern).test(await textOf(question.page));
      port.postMessage({ id, reply } satisfies Return<boolean>);
    } catch (error) {
      port.postMessage({ id, error: error instanceof Error ? error.message : String(error) } satisfies Return<boolean>);
    }
  }

  port.on('message', (call: Call<MatchQuestion>) => {
    if ('cancel' in call) return;
    before = before.then(() => answer(call.id, call.question));
  });
}
