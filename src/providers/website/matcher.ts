import pLimit from 'p-limit';
import { messageOf, PermanentError } from '../../sdk/errors.ts';
import { formatDuration } from '../../sdk/time.ts';
import type { MatchQuestion } from './match-worker.ts';
import type { Page } from './order.ts';
import { moduleOf, startThread, type Thread } from './thread.ts';

/** Tries users' patterns on pages, in a thread that is ended when a pattern does not come to an end. */
export interface Matcher {
  /** Whether each pattern occurs. Rejects with a `PermanentError` that names the pattern which did not end. */
  test(page: Page, patterns: readonly string[], signal: AbortSignal): Promise<readonly boolean[]>;
  close(): Promise<void>;
}

const file = moduleOf(new URL('./match-worker.ts', import.meta.url));

/** A pattern that backtracks without end needs years, one that does not needs milliseconds for a page. */
const patternLimitMs = 1000;

export function openMatcher(limitMs = patternLimitMs): Matcher {
  const turn = pLimit(1); // one page at a time: ending the thread ends all that it works on
  let thread: Thread<MatchQuestion, boolean> | undefined;
  let closed = false;

  async function tryAll(page: Page, patterns: readonly string[], signal: AbortSignal): Promise<readonly boolean[]> {
    signal.throwIfAborted();
    if (closed) throw new Error('closed');
    if (!thread || thread.ended) thread = startThread(file);
    // Answered when the thread is up and has the text: its start does not count against the first pattern.
    await thread.ask({ page }, { signal, transfer: [page.body.buffer] });
    const found: boolean[] = [];
    for (const pattern of patterns) found.push(await within(thread, pattern, signal));
    return found;
  }

  async function within(one: Thread<MatchQuestion, boolean>, pattern: string, signal: AbortSignal): Promise<boolean> {
    const limit = AbortSignal.timeout(limitMs);
    let answered = false;
    const end = () => {
      if (!answered) void one.end(unending(pattern, limitMs));
    };
    // When the main thread was blocked, the timer comes before an answer that is there already: that one is taken first.
    const onLimit = () => void setImmediate(end);
    limit.addEventListener('abort', onLimit, { once: true });
    signal.addEventListener('abort', end, { once: true });
    try {
      return await one.ask({ pattern });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof PermanentError) throw error;
      throw new PermanentError(`the pattern ${JSON.stringify(pattern)} could not be tried: ${messageOf(error)}`, {
        kind: 'config',
        cause: error,
      });
    } finally {
      answered = true;
      limit.removeEventListener('abort', onLimit);
      signal.removeEventListener('abort', end);
    }
  }

  return {
    test: (page, patterns, signal) => turn(() => tryAll(page, patterns, signal)),
    async close() {
      closed = true;
      await thread?.end(new Error('closed'));
    },
  };
}

function unending(pattern: string, limitMs: number): PermanentError {
  return new PermanentError(
    `the pattern ${JSON.stringify(pattern)} did not end within ${formatDuration(limitMs)} on this page: write it without a repetition inside a repetition`,
    { kind: 'timeout' },
  );
}
