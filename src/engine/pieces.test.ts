import { describe, expect, it } from 'vitest';
import { PermanentError } from '../sdk/errors.ts';
import type { ProviderReport } from '../sdk/report.ts';
import { providerReport } from '../testing/report.ts';
import type { RunEvent } from './events.ts';
import type { InstanceResult } from './instance.ts';
import { runPieces } from './pieces.ts';
import type { InstancePlan } from './plan.ts';
import { createTally } from './tally.ts';

const at = new Date('2026-11-21T20:00:00.000Z');
const plans = Array.from({ length: 5 }, (): InstancePlan => ({ at, measurements: [], windows: {}, givenUp: {}, tooOld: [] }));

interface Piece extends Partial<ProviderReport> {
  readonly brought?: number;
  readonly errors?: number;
}

/** Runs pieces that end like that, one after another; the last of them stands for all the rest. */
async function running(
  pieces: readonly Piece[],
  all = plans,
  more: { readonly signal?: AbortSignal; failing?: boolean; losing?: number } = {},
) {
  const tally = createTally(
    (text) => text,
    () => {},
  );
  const told: RunEvent[] = [];
  const collected: number[] = [];
  let calls = 0;
  const result = await runPieces({
    plans: all,
    tally,
    signal: more.signal ?? new AbortController().signal,
    listen: (event) => told.push(event),
    async run(_, listen): Promise<InstanceResult> {
      const { brought = 1, errors = 0, ...report } = pieces[Math.min(calls, pieces.length - 1)] ?? {};
      calls++;
      for (let index = 0; index < errors; index++) tally.addError(new PermanentError(`problem ${calls}`));
      const whole = providerReport('shop', { targets: 2, points: 10, requests: 3, retries: 1, ms: 100, ...report });
      listen({ type: 'progress', instance: 'shop', phase: 'done', targetsDone: 2, targets: 2, points: 10, problems: 0, status: 'ok' });
      const outcome = { report: { status: whole.status, required: true, errors: tally.errors }, brought, targets: 2, held: false };
      return { report: whole, outcome, failed: [{ target: {}, label: 'x' }] };
    },
    isLosing: () => calls >= (more.losing ?? Number.POSITIVE_INFINITY),
    async collected(plan) {
      collected.push(all.indexOf(plan));
      if (more.failing) throw new PermanentError('the disk is full');
    },
  });
  return { result, collected, told, calls };
}

describe('pieces', () => {
  it('add up to one result, and are told as one', async () => {
    const quota = { remaining: 5 };
    const { result, collected, told } = await running([{}, { quota }, {}]);
    expect(result.report).toMatchObject({ status: 'ok', targets: 10, points: 50, requests: 15, retries: 5, ms: 500, quota });
    expect(result.outcome).toEqual({ report: { status: 'ok', required: true, errors: 0 }, brought: 5, targets: 10, held: false });
    expect(collected).toEqual([0, 1, 2, 3, 4]);
    expect(told).toHaveLength(6);
    expect(told[1]).toMatchObject({
      phase: 'collecting',
      targetsDone: 4,
      targets: 4,
      points: 20,
      message: 'chunk 2 of 5',
      isMilestone: true,
    });
    expect(told.at(-1)).toMatchObject({ phase: 'done', targetsDone: 10, points: 50, status: 'ok' });
  });

  it('that are one are as if there were none', async () => {
    const { result, told } = await running([{}], plans.slice(0, 1));
    expect(result.failed).toHaveLength(1);
    expect(told).toMatchObject([{ phase: 'done', status: 'ok', points: 10 }]);
    expect(told[0]).not.toHaveProperty('message');
  });

  it('are not asked for where what they bring is lost', async () => {
    const { result, calls } = await running([{}], plans, { losing: 2 });
    expect([calls, result.report.problems.at(-1)]).toMatchObject([
      2,
      { kind: 'unavailable', message: '3 of 5 chunks were not asked for: neither a sink nor the outbox takes what they would bring' },
    ]);
  });

  it('with a problem are not collected, and the others are', async () => {
    const { result, collected } = await running([{}, { errors: 1, status: 'partial' }, {}]);
    expect(collected).toEqual([0, 2, 3, 4]);
    expect(result).toMatchObject({
      report: { status: 'partial', problemCount: 1 },
      outcome: { brought: 5, report: { errors: 1 } },
      failed: [],
    });
  });

  it('are failed where none brought anything', async () => {
    const { result, calls } = await running([{ errors: 1, brought: 0, status: 'failed' }]);
    expect(calls).toBe(3);
    expect(result.report).toMatchObject({ status: 'failed', problemCount: 4 });
    expect(result.report.problems.at(-1)?.message).toBe('2 of 5 chunks were not asked for: the last 3 brought nothing but problems');
  });

  it('end with one that is blocked', async () => {
    const { result, calls } = await running([{}, { errors: 1, brought: 0, status: 'blocked' }]);
    expect(calls).toBe(2);
    expect(result.report).toMatchObject({ status: 'partial', problems: [{}, { kind: 'blocked' }] });
    const first = await running([{ errors: 1, brought: 0, status: 'blocked' }]);
    expect(first.result.report.status).toBe('blocked');
  });

  it('end with the run', async () => {
    const over = new AbortController();
    over.abort(new PermanentError('not finished within 1s', { kind: 'timeout' }));
    const { result, calls, collected } = await running([{}], plans, { signal: over.signal });
    expect([calls, collected]).toEqual([1, [0]]);
    expect(result.report).toMatchObject({
      status: 'partial',
      problems: [
        { kind: 'timeout', message: '4 of 5 chunks were not asked for: not finished within 1s; the same command goes on with them' },
      ],
    });
  });

  it('that cannot be remembered are a problem, not the end', async () => {
    const { result, calls } = await running([{}], plans, { failing: true });
    expect(calls).toBe(5);
    expect(result.report).toMatchObject({ status: 'partial', problemCount: 5 });
  });
});
