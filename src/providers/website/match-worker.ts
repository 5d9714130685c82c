import { type MessagePort, parentPort } from 'node:worker_threads';
import type { Page } from './order.ts';
import { textOf } from './page-text.ts';
import type { Call, Return } from './thread.ts';

/** First the page, then the patterns to try on it. */
export type MatchQuestion = { readonly page: Page } | { readonly pattern: string };

if (parentPort) serve(parentPort);

function serve(port: MessagePort): void {
  let text = '';

  async function answer(question: MatchQuestion): Promise<boolean> {
    if ('pattern' in question) return new RegExp(question.pattern).test(text);
    text = await textOf(question.page);
    return true;
  }

  port.on('message', async (call: Call<MatchQuestion>) => {
    if ('cancel' in call) return;
    try {
      port.postMessage({ id: call.id, reply: await answer(call.question) } satisfies Return<boolean>);
    } catch (error) {
      port.postMessage({ id: call.id, error: error instanceof Error ? error.message : String(error) } satisfies Return<boolean>);
    }
  });
}
