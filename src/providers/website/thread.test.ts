import { afterEach, describe, expect, it } from 'vitest';
import { moduleOf, startThread, type Thread } from './thread.ts';

/** Answers `n` with `n + 1`; dies, throws, or is silent when told to. */
const code = `
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', ({ id, question, cancel }) => {
    if (cancel !== undefined) return parentPort.postMessage({ id: 1, reply: 'cancelled ' + cancel });
    if (question === 'exit') process.exit(3);
    if (question === 'throw') throw new Error('planted');
    if (question === 'refuse') return parentPort.postMessage({ id, error: 'no' });
    if (question === 'spin') for (;;);
    if (typeof question === 'number') parentPort.postMessage({ id, reply: question + 1 });
  });`;

let thread: Thread<unknown, unknown>;
afterEach(() => thread.end(new Error('the test is over')));

function start(): Thread<unknown, unknown> {
  thread = startThread(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
  return thread;
}

describe('a thread', () => {
  it('answers each question', async () => {
    const { ask } = start();
    expect(await Promise.all([ask(1), ask(2), ask(3)])).toEqual([2, 3, 4]);
    await expect(ask('refuse')).rejects.toThrow('no');
    expect(thread.pending).toBe(0);
  });

  it.each([
    ['exit', 'the thread ended with code 3'],
    ['throw', 'planted'],
  ])('that dies (%s) fails what is under way, and takes no more', async (how, message) => {
    const { ask } = start();
    const silent = ask('silence');
    const dying = ask(how);
    await expect(silent).rejects.toThrow(message);
    await expect(dying).rejects.toThrow(message);
    expect(thread.ended).toBe(true);
    await expect(ask(1)).rejects.toThrow('the thread has ended');
  });

  it('can be ended in the middle of a computation', async () => {
    const { ask, end } = start();
    await ask(1);
    const spinning = ask('spin');
    await Promise.all([expect(spinning).rejects.toThrow('enough'), end(new Error('enough'))]);
  });

  it('is told when a question is no longer of interest', async () => {
    const { ask } = start();
    const abort = new AbortController();
    const first = ask('silence');
    const silent = ask('silence', { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(silent).rejects.toThrow('enough');
    expect(await first).toBe('cancelled 2');
    await expect(ask(1, { signal: abort.signal })).rejects.toThrow('enough');
    expect(thread.pending).toBe(0);
  });

  it('takes over the memory that it is handed', async () => {
    const { ask } = start();
    const bytes = new Uint8Array(8);
    void ask(bytes, { transfer: [bytes.buffer] }).catch(() => {});
    expect(bytes.byteLength).toBe(0);
  });
});

it('has its module beside it, as written', () => {
  expect(moduleOf(new URL('file:///a/worker.ts')).href).toBe('file:///a/worker.ts');
});
