import { expect, it } from 'vitest';
import { createQuotas } from './quota.ts';

const now = new Date('2026-11-21T20:00:00.000Z');
const none = {
  tokensPerDay: undefined,
  tokensPerHour: undefined,
  tokensPerProjectPerHour: undefined,
  potentiallyThresholdedRequestsPerHour: undefined,
  serverErrorsPerProjectPerHour: undefined,
};
const status = (consumed: number | undefined, remaining: number | undefined) => ({ consumed, remaining });

it('knows nothing until it was told', () => {
  const quotas = createQuotas();
  quotas.note(undefined);
  quotas.note({ ...none, tokensPerDay: status(3, undefined) });
  expect(quotas.reading(now)).toBeUndefined();
  expect(() => quotas.check(5)).not.toThrow();
});

it('reads the scarcest of the tokens', () => {
  const quotas = createQuotas();
  quotas.note({ ...none, tokensPerDay: status(1, 900), tokensPerHour: status(1, 1000), tokensPerProjectPerHour: status(1, 950) });
  // Midnight in California is eight hours behind UTC.
  expect(quotas.reading(now)).toEqual({ remaining: 900, resetAt: new Date('2026-11-22T08:00:00.000Z') });
  quotas.note({ ...none, tokensPerHour: status(1, 0) });
  expect(quotas.reading(now)).toEqual({ remaining: 0, resetAt: new Date('2026-11-21T21:00:00.000Z') });
});

it('lets go on while at least as much is left for others', () => {
  const quotas = createQuotas();
  quotas.note({ ...none, tokensPerHour: status(10, 200) });
  quotas.note({ ...none, tokensPerHour: status(2, 100) });
  expect(() => quotas.check(5)).not.toThrow();
  quotas.note({ ...none, tokensPerHour: status(2, 99) });
  expect(() => quotas.check(5)).toThrow('99 are left of the tokens of the property for this hour, and 5 more requests may take 50');
});

it('counts requests for what may be withheld only where they are such', () => {
  const quotas = createQuotas();
  quotas.note({ ...none, potentiallyThresholdedRequestsPerHour: status(0, 0) });
  expect(() => quotas.check(5)).not.toThrow();
  quotas.note({ ...none, potentiallyThresholdedRequestsPerHour: status(1, 3) });
  expect(() => quotas.check(5)).toThrow('requests for what may be withheld');
  expect(quotas.reading(now)).toBeUndefined();
});

it('leaves server errors to others too, though no answer ever took one', () => {
  const quotas = createQuotas();
  quotas.note({ ...none, serverErrorsPerProjectPerHour: status(0, 10) });
  quotas.note({ ...none, serverErrorsPerProjectPerHour: status(0, 4) });
  expect(() => quotas.check(5)).not.toThrow();
  quotas.note({ ...none, serverErrorsPerProjectPerHour: status(undefined, 3) });
  expect(() => quotas.check(1)).toThrow('3 are left of the server errors that Google bears');
  expect(quotas.reading(now)).toBeUndefined();
});
