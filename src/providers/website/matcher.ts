import { messageOf, PermanentError } from '../../sdk/errors.ts';
import { formatDuration } from '../../sdk/time.ts';
import type { MatchQuestion } from './match-worker.ts';
import type { Page } from './order.ts';
import { moduleOf, startThread, type Thread } from './thread.ts';

/** Tries users' patterns on pages, in a thread that is ended when a pattern does not come to an end. */
export interface Matcher {
  /** Whether the pattern occurs. Rejects with a `PermanentError` that names it, when it did not end. */
  test(page: Page, pattern: string, signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

interface Job {
  readonly page: Page;
  readonly pattern: string;
  readonly done: PromiseWithResolvers<boolean>;
  thread?: MatchThread;
}

type MatchThread = Thread<MatchQuestion, boolean>;

const matchFile = moduleOf(new URL('./match-worker.ts', import.meta.url));

/** A pattern that backtracks without end needs years, one that does not needs milliseconds for a page. */
const patternLimitMs = 1000;

/** Many pages may wait in the thread: it takes them in their order, and only the first is watched. */
export function openMatcher(limitMs = patternLimitMs): Matcher {
  const jobs = new Set<Job>();
  let thread: MatchThread | undefined;
  let isUp = false;
  /** The job at work, and since when. */
  let watched: Job | undefined;
  let since = 0;
  let isTimed = false;
  let closed = false;

  function begin(): MatchThread {
    const started = startThread<MatchQuestion, boolean>(matchFile);
    thread = started;
    isUp = false;
    watched = undefined;
    // Its start does not count against the first pattern.
    started.ask('up').then(
      () => {
        isUp = true;
        watch();
      },
      () => {}, // told by each job
    );
    return started;
  }

  function put(job: Job, to: MatchThread): void {
    job.thread = to;
    to.ask({ page: job.page, pattern: job.pattern }).then(
      (found) => settle(job, () => job.done.resolve(found)),
      (error) => {
        if (to === job.thread) settle(job, () => job.done.reject(untried(job, error)));
      },
    );
  }

  function settle(job: Job, tell: () => void): void {
    jobs.delete(job);
    tell();
    watch();
  }

  function watch(): void {
    const [first] = jobs;
    if (!isUp || first === watched) return;
    watched = first;
    since = performance.now();
    if (first && !isTimed) time(limitMs);
  }

  /** One timer at a time, and it holds no page. */
  function time(ms: number): void {
    isTimed = true;
    // When the main thread was blocked, the timer comes before an answer that is there already: that one is taken first.
    AbortSignal.timeout(ms).addEventListener('abort', () => void setImmediate(look), { once: true });
  }

  function look(): void {
    isTimed = false;
    if (!watched || closed) return;
    const left = Math.ceil(limitMs - (performance.now() - since));
    if (left > 0) time(left);
    else giveUp(watched);
  }

  /** Ends the thread with the job that holds it; the others go to a new one. */
  function giveUp(job: Job): void {
    const stuck = thread;
    jobs.delete(job);
    job.done.reject(unending(job, limitMs));
    const next = begin();
    void stuck?.end(new Error('ended'));
    for (const one of jobs) put(one, next);
  }

  return {
    async test(page, pattern, signal) {
      signal.throwIfAborted();
      if (closed) throw new Error('closed');
      const job: Job = { page, pattern, done: Promise.withResolvers() };
      const onAbort = () => job.done.reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      jobs.add(job);
      put(job, thread && !thread.ended ? thread : begin());
      watch();
      try {
        return await job.done.promise;
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
    async close() {
      closed = true;
      await thread?.end(new Error('closed'));
    },
  };
}

function unending({ pattern }: Job, limitMs: number): PermanentError {
  return new PermanentError(
    `the pattern ${JSON.stringify(pattern)} did not end within ${formatDuration(limitMs)} on this page: write it without a repetition inside a repetition`,
    { kind: 'timeout' },
  );
}

function untried({ pattern }: Job, error: unknown): PermanentError {
  return new PermanentError(`the pattern ${JSON.stringify(pattern)} could not be tried: ${messageOf(error)}`, {
    kind: 'defect',
    cause: error,
  });
}
