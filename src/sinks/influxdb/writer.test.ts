import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSinkContext } from '../../testing/sink-context.ts';
import { startStandIn, transportFault } from '../../testing/stand-in.ts';
import { connectionTo } from './connection.ts';
import { Settings } from './settings.ts';
import { openWriter } from './writer.ts';

async function server() {
  const standIn = await startStandIn(() => ({ status: 204 }));
  onTestFinished(() => standIn.close());
  const settings = Settings.parse({ url: standIn.url, token: 'a-token', org: 'peta bridge', bucket: 'k&p' });
  return { standIn, writer: await openWriter(connectionTo(settings, createSinkContext({ measurements: [] }))) };
}

describe('influxdb: the writer', () => {
  it('sends lines in one request, in milliseconds', async () => {
    const { standIn, writer } = await server();
    await writer.write(['m v=1 1', 'm v=2 2']);
    expect(standIn.requests.map(({ method, path, query, body }) => [method, path, Object.fromEntries(query), body])).toEqual([
      ['POST', '/api/v2/write', { org: 'peta bridge', bucket: 'k&p', precision: 'ms' }, 'm v=1 1\nm v=2 2'],
    ]);
  });

  it.each([
    ['any number of lines', Array.from({ length: 7000 }, (_, index) => `m v=${index}`)],
    // The client would send the first 50 MB of them without waiting for the answer.
    ['lines of any size', Array.from({ length: 3 }, (_, index) => `m v=${index},text="${'x'.repeat(18_000_000)}"`)],
  ])('sends %s in one request, and waits for its answer', async (_, lines) => {
    const { standIn, writer } = await server();
    await writer.write(lines);
    expect(standIn.requests.map(({ body }) => body.split('\n').length)).toEqual([lines.length]);
  });

  it.each(['html-200', 'error-200', '202', '204', 'redirect-loop', '401', '413', '429-bare', '502-html'] as const)(
    'takes nothing but 204 for an acknowledgement (%s)',
    async (fault) => {
      const { standIn, writer } = await server();
      standIn.misbehave(transportFault(fault));
      const writing = writer.write(['m v=1']);
      if (fault === '204') return expect(writing).resolves.toBeUndefined();
      await expect(writing).rejects.toMatchObject({ name: 'AnswerError', answer: { status: expect.any(Number) } });
      expect(standIn.requests).toHaveLength(1);
    },
  );

  it('asks once, whatever happens, and writes nothing to the console', async () => {
    const { standIn, writer } = await server();
    const spies = (['log', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name).mockImplementation(() => {}));
    onTestFinished(() => spies.forEach((spy) => void spy.mockRestore()));
    standIn.misbehave(transportFault('500-then-well', () => true));
    await expect(writer.write(['m v=1'])).rejects.toMatchObject({ name: 'AnswerError', answer: { status: 500 } });
    standIn.misbehave(transportFault('reset'));
    await expect(writer.write(['m v=1'])).rejects.toMatchObject({ name: 'TransientError', kind: 'network' });
    expect(standIn.requests).toHaveLength(2);
    expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([]);
  });
});
