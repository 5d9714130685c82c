import { describe, expect, it } from 'vitest';
import type { SinkReport } from '../sdk/report.ts';
import { exitCode, type Outcome, type ProviderOutcome, statusOf } from './verdict.ts';

function provider(given: {
  status?: ProviderOutcome['report']['status'];
  required?: boolean;
  errors?: number;
  brought?: number;
  held?: boolean;
}): ProviderOutcome {
  const { status = 'ok', required = true, errors = 0, brought = 1, held = false } = given;
  return { report: { status, required, errors }, brought, targets: 1, held };
}

function sink(given: Partial<SinkReport> = {}): SinkReport {
  const counts = { offered: 10, accepted: 10, rejected: 0, pending: 0, lost: 0, skipped: 0, replayed: 0, replayRejected: 0, backlog: 0 };
  return { name: 's', type: 's', required: true, status: 'ok', ms: 0, problemCount: 0, problems: [], ...counts, ...given };
}

const failed = provider({ status: 'failed', errors: 1, brought: 0 });
const partial = provider({ status: 'partial', errors: 1 });
const held = provider({ status: 'skipped', errors: 1, brought: 0, held: true });
const pending = sink({ status: 'pending', accepted: 4, pending: 6, backlog: 6 });
const lost = sink({ status: 'failed', accepted: 4, lost: 6 });
const refused = sink({ status: 'partial', accepted: 9, rejected: 1 });

function codes(outcome: Partial<Outcome>): readonly number[] {
  const whole = { providers: [], sinks: [], runErrors: 0, ...outcome };
  return (['required', 'any', 'never'] as const).map((failOn) => exitCode(whole, failOn));
}

describe('the exit code with --fail-on required, any and never', () => {
  it.each<[string, Partial<Outcome>, readonly number[]]>([
    ['all good', { providers: [provider({})], sinks: [sink()] }, [0, 0, 0]],
    ['nothing to collect', { providers: [provider({ brought: 0 })], sinks: [sink({ offered: 0, accepted: 0 })] }, [0, 0, 0]],
    ['one item failed', { providers: [partial] }, [3, 3, 0]],
    ['changes were found', { providers: [provider({})], comparison: 'changed' }, [4, 4, 4]],
    ['changes were found, and one item failed', { providers: [partial], comparison: 'changed' }, [3, 3, 4]],
    ['changes were found, and all failed', { providers: [failed], comparison: 'changed' }, [1, 1, 1]],
    ['the comparison failed', { providers: [provider({})], comparison: 'failed' }, [1, 1, 1]],
    ['the comparison failed, with a problem of the run', { providers: [partial], runErrors: 1, comparison: 'failed' }, [1, 1, 1]],
    ['one of two failed', { providers: [failed, provider({})] }, [3, 3, 0]],
    ['all failed', { providers: [failed, failed] }, [1, 1, 1]],
    ['what failed is not required', { providers: [{ ...failed, report: { ...failed.report, required: false } }, provider({})] }, [0, 3, 0]],
    ['only what is required failed', { providers: [failed, provider({ required: false })] }, [1, 3, 1]],
    ['all held', { providers: [held, held] }, [75, 75, 75]],
    ['one held', { providers: [held, provider({})] }, [3, 3, 0]],
    ['one held, the rest failed', { providers: [held, failed] }, [1, 1, 1]],
    ['pending', { providers: [provider({})], sinks: [pending, sink()] }, [75, 75, 75]],
    ['pending in a sink that is not required', { providers: [provider({})], sinks: [{ ...pending, required: false }] }, [0, 75, 0]],
    ['pending and partial', { providers: [partial], sinks: [pending] }, [75, 75, 75]],
    ['a backlog of earlier runs', { providers: [provider({})], sinks: [sink({ status: 'pending', backlog: 2 })] }, [75, 75, 75]],
    ['lost', { providers: [partial], sinks: [lost, pending] }, [1, 1, 1]],
    ['lost in a sink that is not required', { providers: [provider({})], sinks: [{ ...lost, required: false }] }, [0, 1, 0]],
    ['refused', { providers: [provider({})], sinks: [refused] }, [3, 3, 0]],
    ['a stray failure', { providers: [provider({})], runErrors: 1 }, [3, 3, 0]],
    ['what does not balance', { providers: [failed], sinks: [sink({ accepted: 9 })] }, [70, 70, 70]],
    ['interrupted', { providers: [partial], sinks: [pending], signal: 'SIGTERM' }, [143, 143, 143]],
  ])('%s', (_, outcome, expected) => {
    expect(codes(outcome)).toEqual(expected);
  });
});

it('names the status as with any', () => {
  const status = (outcome: Partial<Outcome>) => statusOf({ providers: [], sinks: [], runErrors: 0, ...outcome });
  expect(status({ providers: [provider({})] })).toBe('ok');
  expect(status({ providers: [{ ...failed, report: { ...failed.report, required: false } }, provider({})] })).toBe('partial');
  expect(status({ providers: [failed] })).toBe('failed');
  expect(status({ sinks: [pending] })).toBe('pending');
  expect(status({ providers: [held] })).toBe('skipped');
  expect(status({ providers: [provider({})], signal: 'SIGINT' })).toBe('interrupted');
});
